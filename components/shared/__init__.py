"""What every area uses: log groups, alarms, buckets, hardened instances, policy documents, names. Imports no other area."""
