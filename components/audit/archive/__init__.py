"""The log archive: its two buckets, who may write to them, and the replication between them."""
