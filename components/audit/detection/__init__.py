"""Detection services of the account: AWS Config, GuardDuty, Security Hub, Access Analyzer, Inspector."""
