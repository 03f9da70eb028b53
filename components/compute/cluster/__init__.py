"""The ECS cluster and the instances that it runs on."""
