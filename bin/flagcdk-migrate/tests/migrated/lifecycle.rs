//! Written by `flagcdk migrate` from `lifecycle.yaml`.

use flagcdk::{App, Placement, RemovalPolicy, Stack, cfn};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let kept = stack.add("Kept", cfn::sns::Topic::new());
    kept.removal_policy(RemovalPolicy::Retain);

    stack.add("Careful", cfn::sns::Topic::new())
        .removal_policy(RemovalPolicy::RetainExceptOnCreate);

    let once = stack.add("Once", cfn::sns::Topic::new());
    once.deletion_policy(RemovalPolicy::Retain);

    stack.add("Replaced", cfn::sns::Topic::new())
        .update_replace_policy(RemovalPolicy::Destroy);

    stack.add("Mixed", cfn::sqs::Queue::new())
        .deletion_policy(RemovalPolicy::Destroy)
        .update_replace_policy(RemovalPolicy::Retain);

    stack.add(
            "Disk",
            cfn::ec2::Volume::new().availability_zone("eu-west-1a").size(8),
        )
        .removal_policy(RemovalPolicy::Snapshot);

    let config = stack.add(
        "Config",
        cfn::autoscaling::LaunchConfiguration::new()
            .image_id("ami-1")
            .instance_type("t3.micro"),
    );
    config
        .metadata("AWS::CloudFormation::Init", json!({
            "config": {
                "files": { "/etc/motd": { "content": { "Fn::Sub": "stack ${AWS::StackName}\n" }, "mode": "000644" } },
            },
        }))
        .metadata("Comment", "made by hand");

    stack.add(
            "Group",
            cfn::autoscaling::AutoScalingGroup::new()
                .availability_zones(["eu-west-1a"])
                .launch_configuration_name(config.reference())
                .max_size("4")
                .min_size("1"),
        )
        .depends_on(&kept)
        .depends_on(&once)
        .creation_policy(json!({ "ResourceSignal": { "Count": 2, "Timeout": "PT15M" } }))
        .update_policy(json!({
            "AutoScalingRollingUpdate": {
                "MaxBatchSize": 2,
                "MinInstancesInService": "1",
                "WaitOnResourceSignals": true,
            },
        }));

    stack
}
