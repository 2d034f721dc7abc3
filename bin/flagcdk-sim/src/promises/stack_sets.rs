//! Stack sets.

use super::lab::{Lab, queue, tag};

#[test]
fn instances_are_created_in_every_region() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    let regions = ["eu-west-1", "us-east-1", "sa-east-1"];
    lab.instances("CreateStackInstances", "Set", "op-1", &regions, &[]).unwrap();
    let (status, results) = lab.operation("Set", "op-1");
    assert_eq!(status, "SUCCEEDED");
    assert_eq!(results, ["eu-west-1 SUCCEEDED", "us-east-1 SUCCEEDED", "sa-east-1 SUCCEEDED"]);
    assert_eq!(
        lab.instance_states("Set"),
        ["eu-west-1 CURRENT SUCCEEDED", "sa-east-1 CURRENT SUCCEEDED", "us-east-1 CURRENT SUCCEEDED"]
    );
    let described = lab.ask_in("sa-east-1", "DescribeStacks", &[]);
    assert!(tag(&described, "StackName").starts_with("StackSet-Set-"), "{described}");
    let body = queue("two").to_string();
    lab.ask("UpdateStackSet", &[("StackSetName", "Set"), ("TemplateBody", &body), ("OperationId", "op-2")]);
    let (status, results) = lab.operation("Set", "op-2");
    assert_eq!((status.as_str(), results.len()), ("SUCCEEDED", 3));
    lab.instances("DeleteStackInstances", "Set", "op-3", &regions, &[("RetainStacks", "false")]).unwrap();
    assert_eq!(lab.instance_states("Set"), Vec::<String>::new());
    lab.ask("DeleteStackSet", &[("StackSetName", "Set")]);
    assert_eq!(lab.refused("DescribeStackSet", &[("StackSetName", "Set")]).code, "StackSetNotFoundException");
}
