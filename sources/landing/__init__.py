"""Takes extracts from inbox, folder, SFTP, S3 or database and keeps write-once originals, each with a receipt."""
