"""The Lambda function that rotates the passwords of database users. It uses only the standard library and boto3."""
