"""What can't be rebuilt: ids, their commits and backup, and stewards' decisions."""
