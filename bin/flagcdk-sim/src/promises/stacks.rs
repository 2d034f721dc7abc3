//! Stacks: what CloudFormation promises of them.

use serde_json::{Value, json};

use super::lab::{HOME, Lab, members, queue, tag};
use crate::faults::{FaultPlan, Faults};

fn status(described: &str) -> String {
    tag(described, "StackStatus")
}

fn events(lab: &mut Lab, region: &str, stack: &str) -> Vec<String> {
    let listed = lab.ask_in(region, "DescribeStackEvents", &[("StackName", stack)]);
    members(&listed)
        .iter()
        .rev()
        .map(|event| format!("{} {}", tag(event, "LogicalResourceId"), tag(event, "ResourceStatus")))
        .collect()
}

/// What the first resource that failed says.
fn first_cause(lab: &mut Lab, region: &str, stack: &str) -> String {
    let listed = lab.ask_in(region, "DescribeStackEvents", &[("StackName", stack)]);
    let mut oldest_first = members(&listed);
    oldest_first.reverse();
    oldest_first
        .iter()
        .find(|event| tag(event, "ResourceStatus").ends_with("_FAILED"))
        .map(|event| tag(event, "ResourceStatusReason"))
        .unwrap_or_default()
}

fn fail(lab: &mut Lab, plan: FaultPlan) {
    lab.cloud.region_failures = Faults::new(plan).region_failures();
}

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
    assert_eq!(status(&described), "CREATE_COMPLETE", "{described}");
    assert!(described.contains("https://sqs.eu-west-1.amazonaws.com/123456789012/dev-q"));
    assert!(described.contains("arn:aws:sqs:eu-west-1:123456789012:dev-q"));
    assert_eq!(
        events(&mut lab, "eu-west-1", "Thing"),
        [
            "Thing CREATE_IN_PROGRESS",
            "Queue CREATE_IN_PROGRESS",
            "Queue CREATE_COMPLETE",
            "Topic CREATE_IN_PROGRESS",
            "Topic CREATE_COMPLETE",
            "Thing CREATE_COMPLETE",
        ]
    );
    let described = lab.update("eu-west-1", "Thing", &queue("x"));
    assert_eq!(status(&described), "UPDATE_COMPLETE", "{described}");
    let resources = lab.ask_in("eu-west-1", "ListStackResources", &[("StackName", "Thing")]);
    assert_eq!(members(&resources).len(), 1);
    let id = tag(&described, "StackId");
    lab.ask_in("eu-west-1", "DeleteStack", &[("StackName", "Thing")]);
    let error = lab.try_in("eu-west-1", "DescribeStacks", &[("StackName", "Thing")]).unwrap_err();
    assert_eq!(error.message, "Stack with id Thing does not exist");
    let described = lab.ask_in("eu-west-1", "DescribeStacks", &[("StackName", &id)]);
    assert_eq!(status(&described), "DELETE_COMPLETE");
}

#[test]
fn an_update_without_changes_is_refused() {
    let mut lab = Lab::new();
    let mut template = queue("x");
    template["Mappings"] = json!({"M": {"eu": {"a": "1"}}});
    lab.stack(HOME, "Thing", &template);
    // Nor does a mapping that no resource uses make a difference.
    template["Mappings"]["M"]["eu"]["a"] = json!("2");
    for body in [template.to_string(), format!(" {template}")] {
        let error = lab.refused("UpdateStack", &[("StackName", "Thing"), ("TemplateBody", &body)]);
        assert_eq!(error.message, "No updates are to be performed.");
    }
    template["Resources"]["Queue"]["Properties"]["DelaySeconds"] = json!({"Fn::FindInMap": ["M", "eu", "a"]});
    assert_eq!(status(&lab.update(HOME, "Thing", &template)), "UPDATE_COMPLETE");
    // One that a resource uses does.
    template["Mappings"]["M"]["eu"]["a"] = json!("3");
    assert_eq!(status(&lab.update(HOME, "Thing", &template)), "UPDATE_COMPLETE");
}

#[test]
fn a_failed_creation_is_rolled_back() {
    let mut lab = Lab::new();
    let template = json!({"Resources": {
        "Kept": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "Properties": {"QueueName": "kept"}},
        "Spared": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "RetainExceptOnCreate", "Properties": {"QueueName": "spared"}},
        "Topic": {"Type": "AWS::SNS::Topic", "DependsOn": ["Kept", "Spared"]},
    }});
    fail(&mut lab, FaultPlan::new().fail_region(HOME, 1, "no capacity"));
    let described = lab.stack(HOME, "Thing", &template);
    assert_eq!(status(&described), "ROLLBACK_COMPLETE");
    assert_eq!(
        tag(&described, "StackStatusReason"),
        "The following resource(s) failed to create: [Topic]. Rollback requested by user."
    );
    assert_eq!(first_cause(&mut lab, HOME, "Thing"), "no capacity");
    let body = template.to_string();
    let error = lab.refused("UpdateStack", &[("StackName", "Thing"), ("TemplateBody", &body)]);
    assert!(error.message.contains("is in ROLLBACK_COMPLETE state and can not be updated."), "{}", error.message);
    let error = lab.refused("CreateStack", &[("StackName", "Thing"), ("TemplateBody", &body)]);
    assert_eq!(error.code, "AlreadyExistsException");
    // What was to be retained stays behind, and its name is taken from now on.
    lab.ask("DeleteStack", &[("StackName", "Thing")]);
    assert_eq!(status(&lab.stack(HOME, "Thing", &template)), "ROLLBACK_COMPLETE");
    assert!(first_cause(&mut lab, HOME, "Thing").contains("already exists"));
}

#[test]
fn a_failed_creation_is_kept_or_deleted_on_demand() {
    let body = json!({"Resources": {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Topic": {"Type": "AWS::SNS::Topic", "DependsOn": "Queue"},
    }})
    .to_string();
    for (on_failure, expected) in [("DO_NOTHING", Some("CREATE_FAILED")), ("DELETE", None)] {
        let mut lab = Lab::new();
        fail(&mut lab, FaultPlan::new().fail_region(HOME, 1, "no capacity"));
        lab.ask("CreateStack", &[("StackName", "Thing"), ("TemplateBody", &body), ("OnFailure", on_failure)]);
        let described = lab.try_in(HOME, "DescribeStacks", &[("StackName", "Thing")]);
        assert_eq!(described.ok().map(|text| status(&text)).as_deref(), expected);
        if expected.is_some() {
            let resources = lab.ask("ListStackResources", &[("StackName", "Thing")]);
            assert_eq!(members(&resources).len(), 1);
        }
    }
}

#[test]
fn a_failed_update_is_rolled_back() {
    let mut lab = Lab::new();
    let template = |names: [&str; 2]| {
        json!({"Resources": {
            "One": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": names[0]}},
            "Two": {"Type": "AWS::SQS::Queue", "DependsOn": "One", "Properties": {"QueueName": names[1]}},
        }})
    };
    lab.stack(HOME, "Thing", &template(["a", "b"]));
    fail(&mut lab, FaultPlan::new().fail_region(HOME, 1, "no capacity"));
    assert_eq!(status(&lab.update(HOME, "Thing", &template(["c", "d"]))), "UPDATE_ROLLBACK_COMPLETE");
    // The first queue is what it was, and the name that it had for a moment is free.
    let resources = lab.ask("ListStackResources", &[("StackName", "Thing")]);
    assert!(tag(&resources, "PhysicalResourceId").ends_with("/a"));
    assert_eq!(status(&lab.stack(HOME, "Other", &template(["c", "e"]))), "CREATE_COMPLETE");
    fail(&mut lab, FaultPlan::new().fail_region(HOME, 1, "no capacity").fail_rollback(HOME, "Thing", 1, "stuck"));
    assert_eq!(status(&lab.update(HOME, "Thing", &template(["f", "g"]))), "UPDATE_ROLLBACK_FAILED");
    let body = template(["f", "g"]).to_string();
    let error = lab.refused("UpdateStack", &[("StackName", "Thing"), ("TemplateBody", &body)]);
    assert_eq!(error.code, "ValidationError");
    lab.ask("ContinueUpdateRollback", &[("StackName", "Thing")]);
    assert_eq!(status(&lab.ask("DescribeStacks", &[("StackName", "Thing")])), "UPDATE_ROLLBACK_COMPLETE");
}

#[test]
fn what_cannot_be_changed_is_replaced() {
    let mut lab = Lab::new();
    let table = |name: Option<&str>, key: &str, policy: &str| {
        let mut template = json!({"Resources": {"Key": {
            "Type": "AWS::EC2::Subnet",
            "UpdateReplacePolicy": policy,
            "Properties": {"VpcId": "vpc-1", "CidrBlock": key},
        }}});
        if let Some(name) = name {
            template = json!({"Resources": {"Key": {
                "Type": "AWS::SNS::Topic",
                "Properties": {"TopicName": name, "FifoTopic": key},
            }}});
        }
        template
    };
    let id = |lab: &mut Lab| tag(&lab.ask("ListStackResources", &[("StackName", "Thing")]), "PhysicalResourceId");
    lab.stack(HOME, "Thing", &table(None, "10.0.0.0/24", "Delete"));
    let first = id(&mut lab);
    lab.update(HOME, "Thing", &table(None, "10.0.1.0/24", "Delete"));
    assert_ne!(id(&mut lab), first);
    assert!(events(&mut lab, HOME, "Thing").contains(&"Key DELETE_COMPLETE".to_owned()));
    lab.update(HOME, "Thing", &table(None, "10.0.2.0/24", "Retain"));
    assert!(events(&mut lab, HOME, "Thing").contains(&"Key DELETE_SKIPPED".to_owned()));
    // With a fixed name there can be no second one beside the first.
    lab.stack(HOME, "Named", &table(Some("fixed"), "false", ""));
    assert_eq!(status(&lab.update(HOME, "Named", &table(Some("fixed"), "true", ""))), "UPDATE_ROLLBACK_COMPLETE");
    assert!(
        first_cause(&mut lab, HOME, "Named")
            .starts_with("CloudFormation cannot update a stack when a custom-named resource requires replacing.")
    );
    // A logical id cannot come to mean something else.
    let body = json!({"Resources": {"Key": {"Type": "AWS::SQS::Queue"}}}).to_string();
    let error = lab.refused("UpdateStack", &[("StackName", "Named"), ("TemplateBody", &body)]);
    assert!(error.message.starts_with("Update of resource type is not permitted."), "{}", error.message);
}

#[test]
fn names_collide() {
    let mut lab = Lab::new();
    lab.stack(
        "eu-west-1",
        "One",
        &json!({"Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken-bucket"}},
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "taken"}},
        }}),
    );
    let queue = json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "taken"}}}});
    let bucket = json!({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken-bucket"}}}});
    for (region, template, expected) in [
        ("eu-west-1", &queue, "ROLLBACK_COMPLETE"),
        ("eu-west-2", &queue, "CREATE_COMPLETE"),
        ("eu-west-3", &bucket, "ROLLBACK_COMPLETE"),
    ] {
        assert_eq!(status(&lab.stack(region, "Two", template)), expected, "{region}");
    }
    assert!(first_cause(&mut lab, "eu-west-1", "Two").starts_with(
        "https://sqs.eu-west-1.amazonaws.com/123456789012/taken already exists in stack arn:aws:cloudformation:eu-west-1"
    ));
    // A generated name never collides.
    let generated = super::lab::queue("x");
    assert_eq!(status(&lab.stack("eu-west-1", "Three", &generated)), "CREATE_COMPLETE");
    assert_eq!(status(&lab.stack("eu-west-1", "Four", &generated)), "CREATE_COMPLETE");
}

#[test]
fn exports_bind_stacks_to_each_other() {
    let mut lab = Lab::new();
    let exporting = |value: &str, name: Option<&str>| {
        let mut template = queue("x");
        template["Outputs"] = json!({"Out": {"Value": value}});
        if let Some(name) = name {
            template["Outputs"]["Out"]["Export"] = json!({"Name": name});
        }
        template
    };
    let importing = json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {
        "QueueName": {"Fn::ImportValue": {"Fn::Sub": "sha${Letter}"}}
    }}}, "Parameters": {"Letter": {"Type": "String", "Default": "red"}}});
    assert_eq!(status(&lab.stack(HOME, "Early", &importing)), "ROLLBACK_COMPLETE");
    let described = lab.ask("DescribeStacks", &[("StackName", "Early")]);
    assert!(first_cause(&mut lab, HOME, "Early").contains("No export named shared found."), "{described}");
    lab.stack(HOME, "Exporter", &exporting("v", Some("shared")));
    assert_eq!(status(&lab.stack(HOME, "Importer", &importing)), "CREATE_COMPLETE");
    assert_eq!(tag(&lab.ask("ListImports", &[("ExportName", "shared")]), "member"), "Importer");
    assert_eq!(status(&lab.stack(HOME, "Second", &exporting("w", Some("shared")))), "ROLLBACK_COMPLETE");
    for (template, words) in [
        (exporting("other", Some("shared")), "Export shared cannot be updated as it is in use by Importer"),
        (exporting("v", None), "Export shared cannot be deleted as it is in use by Importer"),
    ] {
        let described = lab.update(HOME, "Exporter", &template);
        assert_eq!(status(&described), "UPDATE_ROLLBACK_COMPLETE");
        assert_eq!(tag(&described, "StackStatusReason"), words);
    }
    // A stack whose export is in use is not deleted: it goes back to what it was.
    lab.ask("DeleteStack", &[("StackName", "Exporter")]);
    let described = lab.ask("DescribeStacks", &[("StackName", "Exporter")]);
    assert_eq!(status(&described), "UPDATE_ROLLBACK_COMPLETE");
    assert!(tag(&described, "StackStatusReason").contains("cannot be deleted as it is in use by Importer"));
    // An export is one of its region.
    assert_eq!(members(&lab.ask_in("eu-west-1", "ListExports", &[])).len(), 0);
    lab.ask("DeleteStack", &[("StackName", "Importer")]);
    lab.ask("DeleteStack", &[("StackName", "Exporter")]);
    assert_eq!(members(&lab.ask("ListExports", &[])).len(), 0);
}

#[test]
fn deletion_keeps_what_is_retained() {
    let mut lab = Lab::new();
    let template = json!({"Resources": {"Q": {
        "Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "Properties": {"QueueName": "kept"}
    }}});
    lab.stack(HOME, "One", &template);
    lab.ask("DeleteStack", &[("StackName", "One")]);
    assert_eq!(status(&lab.stack(HOME, "Two", &template)), "ROLLBACK_COMPLETE");
    assert!(first_cause(&mut lab, HOME, "Two").contains("HandlerErrorCode: AlreadyExists"));
}

#[test]
fn protection_keeps_a_stack() {
    let mut lab = Lab::new();
    let body = queue("x").to_string();
    lab.ask("CreateStack", &[("StackName", "Thing"), ("TemplateBody", &body), ("EnableTerminationProtection", "true")]);
    let error = lab.refused("DeleteStack", &[("StackName", "Thing")]);
    assert_eq!(error.message, "Stack [Thing] cannot be deleted while TerminationProtection is enabled");
    lab.ask("UpdateTerminationProtection", &[("StackName", "Thing"), ("EnableTerminationProtection", "false")]);
    lab.ask("DeleteStack", &[("StackName", "Thing")]);
}

#[test]
fn a_token_makes_a_creation_repeatable() {
    let mut lab = Lab::new();
    let body = queue("x").to_string();
    let fields = [("StackName", "Thing"), ("TemplateBody", body.as_str()), ("ClientRequestToken", "once")];
    let first = tag(&lab.ask("CreateStack", &fields), "StackId");
    assert_eq!(tag(&lab.ask("CreateStack", &fields), "StackId"), first);
    let error = lab.refused("CreateStack", &fields[..2]);
    assert_eq!(error.code, "AlreadyExistsException");
}

#[test]
fn templates_that_cannot_be_right_are_refused_at_once() {
    let mut lab = Lab::new();
    let with = |properties: Value| json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": properties}}});
    for (template, words) in [
        (
            json!({"Resources": {"X": {"Type": "AWS::SQS::Cue"}}}),
            "Template format error: Unrecognized resource types: [AWS::SQS::Cue]",
        ),
        (json!({"Resources": {}}), "At least one Resources member must be defined."),
        (json!({"Resources": {"A-b": {"Type": "AWS::SQS::Queue"}}}), "Resource name A-b is non alphanumeric."),
        (json!({"Resources": {"Q": {}}}), "Every Resources object must contain a Type member."),
        (
            json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Props": {}}}}),
            "Invalid template resource property 'Props'",
        ),
        (
            json!({"Foo": {}, "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}),
            "Invalid template property or properties [Foo]",
        ),
        (
            with(json!({"QueueName": {"Ref": "Nobody"}})),
            "Unresolved resource dependencies [Nobody] in the Resources block",
        ),
        (with(json!({"QueueName": {"Fn::Sub": "${Nobody}-x"}})), "Unresolved resource dependencies [Nobody]"),
        (
            with(json!({"QueueName": {"Fn::GetAtt": ["Nobody", "Arn"]}})),
            "instance of Fn::GetAtt references undefined resource Nobody",
        ),
        (
            json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}, "R": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetAtt": ["Q", "Nothing"]}}}}}),
            "resource Q does not support attribute type Nothing in Fn::GetAtt",
        ),
        (
            json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "DependsOn": "R"}, "R": {"Type": "AWS::SQS::Queue", "DependsOn": "Q"}, "S": {"Type": "AWS::SQS::Queue", "DependsOn": "Q"}}}),
            "Circular dependency between resources: [Q, R]",
        ),
        (
            with(json!({"QueueName": {"Fn::Select": ["2", ["a", "b"]]}})),
            "Fn::Select cannot select nonexistent value at index 2",
        ),
        (with(json!({"QueueName": {"Fn::Join": ["-", "a"]}})), "Fn::Join"),
        (with(json!({"QueueName": {"Fn::Nope": []}})), "unknown function Fn::Nope"),
        (with(json!({"QueueName": {"Fn::If": ["Nope", "a", "b"]}})), "Unresolved condition dependency Nope"),
        (with(json!({"QueueName": {"Fn::FindInMap": ["Nope", "a", "b"]}})), "Mapping named 'Nope' is not present"),
        (with(json!({"QueueName": null})), "'null' values are not allowed in templates"),
        (
            json!({"Mappings": {"M": {"a": {"b": "c"}}}, "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "b"]}}}}}),
            "Unable to get mapping for M::us-east-1::b",
        ),
        (
            json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"O": {"Value": {"Ref": "Nobody"}}}}),
            "in the Outputs block of the template",
        ),
        (
            json!({"Conditions": {"C": {"Fn::Equals": [{"Ref": "Q"}, "a"]}}, "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}),
            "Cannot reference resources in the Conditions block",
        ),
        (
            json!({"Conditions": {"C": {"Condition": "D"}, "D": {"Condition": "C"}}, "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}),
            "circular condition dependency",
        ),
    ] {
        let error = lab.refused("CreateStack", &[("StackName", "Thing"), ("TemplateBody", &template.to_string())]);
        assert_eq!(error.code, "ValidationError");
        assert!(error.message.contains(words), "want {words}, got {}", error.message);
    }
    for (body, words) in [("{", "JSON not well-formed"), ("Resources:\n", "JSON only"), ("[]", "unsupported structure")]
    {
        let error = lab.refused("CreateStack", &[("StackName", "Thing"), ("TemplateBody", body)]);
        assert!(error.message.contains(words), "{}", error.message);
    }
}

#[test]
fn types_have_to_be_in_the_region() {
    let mut lab = Lab::new();
    let registry = std::sync::Arc::clone(&lab.cloud.registry);
    let elsewhere = flagcdk_schemas::type_names()
        .find(|name| registry.is_available(name, "us-east-1") && !registry.is_available(name, "sa-east-1"))
        .expect("some type is not in every region");
    let body = json!({"Resources": {"X": {"Type": elsewhere}}}).to_string();
    let error = lab.try_in("sa-east-1", "ValidateTemplate", &[("TemplateBody", &body)]).unwrap_err();
    assert!(error.message.contains("Unrecognized resource types"), "{}", error.message);
    lab.ask("ValidateTemplate", &[("TemplateBody", &body)]);
}

#[test]
fn properties_have_to_fit_their_schema() {
    let mut lab = Lab::new();
    for (index, (type_name, properties, words)) in [
        ("AWS::SQS::Queue", json!({"Foo": 1}), "#: extraneous key [Foo] is not permitted"),
        ("AWS::SQS::Queue", json!({"Arn": "x"}), "#: extraneous key [Arn] is not permitted"),
        ("AWS::SQS::Queue", json!({"DelaySeconds": 901}), "#/DelaySeconds: 901 is not less or equal to 900"),
        ("AWS::SQS::Queue", json!({"DelaySeconds": "soon"}), "#/DelaySeconds: expected type: Integer, found: String"),
        ("AWS::SQS::Queue", json!({"QueueName": ["a"]}), "#/QueueName: expected type: String, found: JSONArray"),
        ("AWS::SQS::Queue", json!({"Tags": [{"Key": "a"}]}), "#/Tags/0: required key [Value] not found"),
        ("AWS::KMS::Alias", json!({"AliasName": "alias/x"}), "#: required key [TargetKeyId] not found"),
        ("AWS::KMS::Alias", json!({"AliasName": "x", "TargetKeyId": "k"}), "does not match pattern"),
        ("AWS::DynamoDB::GlobalTable", json!({"AttributeDefinitions": [], "KeySchema": [{"AttributeName": "a", "KeyType": "KEY"}], "Replicas": []}), "KEY is not a valid enum value"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("Thing{index}");
        let described = lab.stack(HOME, &name, &json!({"Resources": {"X": {"Type": type_name, "Properties": properties}}}));
        assert_eq!(status(&described), "ROLLBACK_COMPLETE", "{type_name}");
        let cause = first_cause(&mut lab, HOME, &name);
        assert!(cause.starts_with("Properties validation failed for resource X with message:"), "{cause}");
        assert!(cause.contains(words), "want {words}, got {cause}");
    }
    // Numbers and flags may be written as strings.
    let template = json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {
        "DelaySeconds": "5", "FifoQueue": "true"
    }}}});
    assert_eq!(status(&lab.stack(HOME, "Coerced", &template)), "CREATE_COMPLETE");
}

#[test]
fn template_limits() {
    let mut lab = Lab::new();
    let queues = |count: usize| -> serde_json::Map<String, Value> {
        (0..count).map(|index| (format!("Q{index}"), json!({"Type": "AWS::SQS::Queue"}))).collect()
    };
    let named = |count: usize, value: Value| -> serde_json::Map<String, Value> {
        (0..count).map(|index| (format!("N{index}"), value.clone())).collect()
    };
    let secret = "{{resolve:secretsmanager:s}}";
    let secrets =
        |count: usize| json!({"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": secret.repeat(count)}}});
    for (template, words) in [
        (json!({"Resources": queues(501)}), "Number of resources, 501, is greater than maximum allowed, 500"),
        (
            json!({"Resources": queues(1), "Parameters": named(201, json!({"Type": "String", "Default": ""}))}),
            "Number of parameters, 201",
        ),
        (json!({"Resources": queues(1), "Outputs": named(201, json!({"Value": "v"}))}), "Number of outputs, 201"),
        (json!({"Resources": queues(1), "Mappings": named(201, json!({}))}), "Number of mappings, 201"),
        (json!({"Resources": secrets(61)}), "Number of dynamic references, 61"),
        (json!({"Resources": queues(1), "Description": "x".repeat(1025)}), "description is longer than 1024 bytes"),
    ] {
        let error = lab.refused("ValidateTemplate", &[("TemplateBody", &template.to_string())]);
        assert!(error.message.contains(words), "want {words}, got {}", error.message);
    }
    for template in [
        json!({"Resources": queues(500)}),
        json!({"Resources": queues(1), "Parameters": named(200, json!({"Type": "String", "Default": ""}))}),
        json!({"Resources": secrets(60)}),
    ] {
        lab.ask("ValidateTemplate", &[("TemplateBody", &template.to_string())]);
    }
}

#[test]
fn template_sizes() {
    let mut lab = Lab::new();
    let sized = |size: usize| {
        let mut body = queue("x").to_string();
        let padding = size - body.len();
        body.insert_str(1, &" ".repeat(padding));
        body
    };
    lab.ask("ValidateTemplate", &[("TemplateBody", &sized(51_200))]);
    let error = lab.refused("ValidateTemplate", &[("TemplateBody", &sized(51_201))]);
    assert!(error.message.contains("length less than or equal to 51200"), "{}", error.message);
    let bucket = json!({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "templates"}}}});
    lab.stack("eu-west-1", "Bucket", &bucket);
    lab.put_object("templates", "ok.json", sized(1_000_000).as_bytes());
    lab.put_object("templates", "big.json", sized(1_000_001).as_bytes());
    let url = |key: &str| format!("https://templates.s3.eu-west-1.amazonaws.com/{key}");
    // A template may lie in the bucket of another region.
    lab.ask("ValidateTemplate", &[("TemplateURL", &url("ok.json"))]);
    for (url, words) in [
        (url("big.json"), "Template may not exceed 1000000 bytes in size."),
        (url("none.json"), "The specified key does not exist."),
        ("https://nowhere.s3.amazonaws.com/x".to_owned(), "The specified bucket does not exist"),
        ("http://templates.s3.amazonaws.com/ok.json".to_owned(), "TemplateURL must be a supported URL."),
        (
            "https://templates.s3-website-eu-west-1.amazonaws.com/ok.json".to_owned(),
            "TemplateURL must be a supported URL.",
        ),
    ] {
        let error = lab.refused("ValidateTemplate", &[("TemplateURL", &url)]);
        assert!(error.message.contains(words), "want {words}, got {}", error.message);
    }
}

#[test]
fn functions_are_evaluated() {
    let mut lab = Lab::new();
    let template = json!({
        "Parameters": {
            "Names": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
            "Count": {"Type": "Number", "Default": 3},
        },
        "Mappings": {"Cidr": {"us-east-1": {"vpc": "10.7.0.0/16"}}},
        "Conditions": {
            "Many": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Count"}, "1"]}]},
            "Few": {"Fn::Not": [{"Condition": "Many"}]},
            "Both": {"Fn::And": [{"Condition": "Many"}, {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}]},
        },
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {
                "CidrBlock": {"Fn::FindInMap": ["Cidr", {"Ref": "AWS::Region"}, "vpc"]},
                "Tags": [{"Fn::If": ["Few", {"Key": "few", "Value": "yes"}, {"Ref": "AWS::NoValue"}]}],
            }},
            "Absent": {"Type": "AWS::SQS::Queue", "Condition": "Few"},
        },
        "Outputs": {
            "Sub": {"Value": {"Fn::Sub": ["${A}/${Vpc.CidrBlock}/${AWS::AccountId}/${!X}", {"A": {"Ref": "Count"}}]}},
            "Join": {"Value": {"Fn::Join": ["+", {"Ref": "Names"}]}},
            "Select": {"Value": {"Fn::Select": [1, {"Fn::Split": [",", "x,y,z"]}]}},
            "Zone": {"Value": {"Fn::Select": ["2", {"Fn::GetAZs": ""}]}},
            "Cidr": {"Value": {"Fn::Select": [3, {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 4, "12"]}]}},
            "Base64": {"Value": {"Fn::Base64": "hello"}},
            "If": {"Value": {"Fn::If": ["Both", "both", "one"]}},
            "Partition": {"Value": {"Fn::Sub": "${AWS::Partition}.${AWS::URLSuffix}"}},
            "Hidden": {"Value": "x", "Condition": "Few"},
        },
    });
    let described = lab.stack(HOME, "Thing", &template);
    assert_eq!(status(&described), "CREATE_COMPLETE", "{}", first_cause(&mut lab, HOME, "Thing"));
    for expected in [
        "3/10.7.0.0/16/123456789012/${X}",
        "a+b+c",
        ">y<",
        "us-east-1c",
        "10.7.48.0/20",
        "aGVsbG8=",
        ">both<",
        "aws.amazonaws.com",
    ] {
        assert!(described.contains(expected), "want {expected} in {described}");
    }
    assert!(!described.contains("Hidden"));
    assert_eq!(members(&lab.ask("ListStackResources", &[("StackName", "Thing")])).len(), 1);
}

#[test]
fn secrets_are_never_shown() {
    let mut lab = Lab::new();
    let template = json!({
        "Parameters": {"Password": {"Type": "String", "NoEcho": true}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
    });
    lab.ask(
        "CreateStack",
        &[
            ("StackName", "Thing"),
            ("TemplateBody", &template.to_string()),
            ("Parameters.member.1.ParameterKey", "Password"),
            ("Parameters.member.1.ParameterValue", "hunter2"),
        ],
    );
    let described = lab.ask("DescribeStacks", &[("StackName", "Thing")]);
    assert_eq!(tag(&described, "ParameterValue"), "****");
}
