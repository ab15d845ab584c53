"""From inbox, folder, SFTP, S3 or database to write-once originals, each with a receipt."""
