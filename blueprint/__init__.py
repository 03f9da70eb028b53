"""Record, judge and report a Pulumi program for AWS, without a cloud."""
