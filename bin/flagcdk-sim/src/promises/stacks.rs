//! Stacks.

use serde_json::json;

use super::lab::{HOME, Lab, members, queue, tag};

#[test]
fn a_stack_is_created_updated_and_deleted() {
    let mut lab = Lab::new();
    let template = json!({
        "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Stage}-q"}}},
            "Topic": {"Type": "AWS::SNS::Topic", "DependsOn": "Queue"},
        },
        "Outputs": {
            "Url": {"Value": {"Ref": "Queue"}},
            "Arn": {"Value": {"Fn::GetAtt": "Queue.Arn"}, "Export": {"Name": "queue-arn"}},
        },
    });
    let described = lab.stack("eu-west-1", "Thing", &template);
    assert_eq!(tag(&described, "StackStatus"), "CREATE_COMPLETE", "{described}");
    assert!(described.contains("https://sqs.eu-west-1.amazonaws.com/123456789012/dev-q"));
    assert!(described.contains("arn:aws:sqs:eu-west-1:123456789012:dev-q"));
    let error = lab
        .try_in("eu-west-1", "UpdateStack", &[("StackName", "Thing"), ("TemplateBody", &template.to_string())])
        .unwrap_err();
    assert_eq!((error.code.as_str(), error.message.as_str()), ("ValidationError", "No updates are to be performed."));
    let described = lab.update("eu-west-1", "Thing", &queue("x"));
    assert_eq!(tag(&described, "StackStatus"), "UPDATE_COMPLETE", "{described}");
    let resources = lab.ask_in("eu-west-1", "ListStackResources", &[("StackName", "Thing")]);
    assert_eq!(members(&resources).len(), 1);
    let id = tag(&described, "StackId");
    lab.ask_in("eu-west-1", "DeleteStack", &[("StackName", "Thing")]);
    let error = lab.try_in("eu-west-1", "DescribeStacks", &[("StackName", "Thing")]).unwrap_err();
    assert_eq!(error.message, "Stack with id Thing does not exist");
    let described = lab.ask_in("eu-west-1", "DescribeStacks", &[("StackName", &id)]);
    assert_eq!(tag(&described, "StackStatus"), "DELETE_COMPLETE");
    let _ = HOME;
}
