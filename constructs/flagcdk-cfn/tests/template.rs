//! What generated types become in a template.

use std::collections::BTreeMap;

use flagcdk_cfn as cfn;
use flagcdk_core::{App, Arn, Json, Placement, Region, Resource, Stack, TagProperty, Value, text};
use serde_json::json;

/// The resources of the stack that `build` fills, by logical id.
fn resources(build: impl FnOnce(&Stack)) -> Json {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Orders", Placement::Home);
    build(&stack);
    let assembly = app.synth().expect("the app has no mistakes");
    let template: Json = serde_json::from_str(assembly.template("Orders")).expect("a template is JSON");
    template["Resources"].clone()
}

/// Checks the properties of the only resource.
#[track_caller]
fn check<R: Resource>(resource: R, type_name: &str, expected: &Json) {
    let resources = resources(|stack| drop(stack.add("It", resource)));
    let only = resources.as_object().and_then(|all| all.values().next()).expect("the stack has a resource");
    assert_eq!(only["Type"], type_name);
    let properties = only.get("Properties").cloned().unwrap_or_else(|| json!({}));
    assert_eq!(&properties, expected);
}

#[test]
fn scalars() {
    check(cfn::sqs::Queue::new(), "AWS::SQS::Queue", &json!({}));
    let queue = cfn::sqs::Queue::new().queue_name("orders.fifo").fifo_queue(true).visibility_timeout(60);
    let expected = json!({ "QueueName": "orders.fifo", "FifoQueue": true, "VisibilityTimeout": 60 });
    check(queue, "AWS::SQS::Queue", &expected);
    let target = cfn::dynamodb::global_table::TargetTrackingScalingPolicyConfiguration::new().target_value(62.5);
    let expected = json!({ "WriteProvisionedThroughputSettings": { "WriteCapacityAutoScalingSettings": {
        "MinCapacity": 1,
        "MaxCapacity": 40,
        "TargetTrackingScalingPolicyConfiguration": { "TargetValue": 62.5 },
    } }, "Replicas": [] });
    let scaling = cfn::dynamodb::global_table::CapacityAutoScalingSettings::new()
        .min_capacity(1)
        .max_capacity(40)
        .target_tracking_scaling_policy_configuration(target);
    let writing = cfn::dynamodb::global_table::WriteProvisionedThroughputSettings::new()
        .write_capacity_auto_scaling_settings(scaling);
    let replicas: [cfn::dynamodb::global_table::ReplicaSpecification; 0] = [];
    let table = cfn::dynamodb::GlobalTable::new().replicas(replicas).write_provisioned_throughput_settings(writing);
    check(table, "AWS::DynamoDB::GlobalTable", &expected);
}

#[test]
fn lists_of_property_types_that_require_properties() {
    use cfn::dynamodb::global_table as property;
    let table = cfn::dynamodb::GlobalTable::new()
        .attribute_definitions([
            property::AttributeDefinition::new().attribute_name("pk").attribute_type("S"),
            property::AttributeDefinition::new().attribute_name("sk").attribute_type(property::AttributeType::N),
        ])
        .key_schema(vec![
            property::KeySchema::new().attribute_name("pk").key_type(property::KeyType::HASH),
            // The order in which setters are called does not matter.
            property::KeySchema::new().key_type(String::from("RANGE")).attribute_name("sk"),
        ])
        .billing_mode(property::BillingMode::PAY_PER_REQUEST)
        .replicas([property::ReplicaSpecification::new().region(Region::EU_WEST_1)]);
    let expected = json!({
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "N" },
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" },
            { "AttributeName": "sk", "KeyType": "RANGE" },
        ],
        "Replicas": [{ "Region": "eu-west-1" }],
    });
    check(table, "AWS::DynamoDB::GlobalTable", &expected);
}

#[test]
fn maps() {
    let code = cfn::lambda::function::Code::new().zip_file("exports = {}");
    let environment = cfn::lambda::function::Environment::new().variables([("TABLE", "flags"), ("LEVEL", "info")]);
    let function = cfn::lambda::Function::new().code(code.clone()).role("r").environment(environment);
    let expected = json!({
        "Code": { "ZipFile": "exports = {}" },
        "Role": "r",
        "Environment": { "Variables": { "LEVEL": "info", "TABLE": "flags" } },
    });
    check(function, "AWS::Lambda::Function", &expected);

    let variables = BTreeMap::from([("REGION".to_owned(), Value::region())]);
    let environment = cfn::lambda::function::Environment::new().variables(variables);
    let function = cfn::lambda::Function::new().code(code).role("r").environment(environment);
    let expected = json!({
        "Code": { "ZipFile": "exports = {}" },
        "Role": "r",
        "Environment": { "Variables": { "REGION": { "Ref": "AWS::Region" } } },
    });
    check(function, "AWS::Lambda::Function", &expected);
}

#[test]
fn known_values_and_others() {
    use cfn::kms::key::KeySpec;
    assert_eq!(KeySpec::SYMMETRIC_DEFAULT.as_str(), "SYMMETRIC_DEFAULT");
    check(cfn::kms::Key::new().key_spec(KeySpec::RSA_2048), "AWS::KMS::Key", &json!({ "KeySpec": "RSA_2048" }));
    check(cfn::kms::Key::new().key_spec("OF_TOMORROW"), "AWS::KMS::Key", &json!({ "KeySpec": "OF_TOMORROW" }));
    let name: Value<String> = text!["RSA_", Value::region()];
    let expected = json!({ "KeySpec": { "Fn::Sub": "RSA_${AWS::Region}" } });
    check(cfn::kms::Key::new().key_spec(name), "AWS::KMS::Key", &expected);
}

#[test]
fn json_and_types_that_stand_for_it() {
    let policy = json!({ "deadLetterTargetArn": "arn:aws:sqs:eu-west-1:111122223333:dead", "maxReceiveCount": 3 });
    let expected = json!({ "RedrivePolicy": policy });
    check(cfn::sqs::Queue::new().redrive_policy(policy.clone()), "AWS::SQS::Queue", &expected);
    let typed = cfn::sqs::queue::RedrivePolicy::new()
        .dead_letter_target_arn("arn:aws:sqs:eu-west-1:111122223333:dead")
        .max_receive_count(3);
    check(cfn::sqs::Queue::new().redrive_policy(typed), "AWS::SQS::Queue", &expected);
}

#[test]
fn property_types_within_their_own_kind() {
    use cfn::wafv2::rule_group::{NotStatement, Statement};
    let inner = Statement::new()
        .geo_match_statement(cfn::wafv2::rule_group::GeoMatchStatement::new().country_codes(["CH", "SE"]));
    let statement = Statement::new().not_statement(NotStatement::new().statement(inner));
    let visibility = cfn::wafv2::rule_group::VisibilityConfig::new()
        .cloud_watch_metrics_enabled(true)
        .metric_name("away")
        .sampled_requests_enabled(false);
    let rule = cfn::wafv2::rule_group::Rule::new()
        .name("away")
        .priority(0)
        .statement(statement)
        .visibility_config(visibility.clone());
    let group = cfn::wafv2::RuleGroup::new().capacity(1).scope("REGIONAL").rules([rule]).visibility_config(visibility);
    let visibility = json!({ "CloudWatchMetricsEnabled": true, "MetricName": "away", "SampledRequestsEnabled": false });
    let expected = json!({
        "Capacity": 1,
        "Rules": [{
            "Name": "away",
            "Priority": 0,
            "Statement": { "NotStatement": { "Statement": { "GeoMatchStatement": { "CountryCodes": ["CH", "SE"] } } } },
            "VisibilityConfig": visibility,
        }],
        "Scope": "REGIONAL",
        "VisibilityConfig": visibility,
    });
    check(group, "AWS::WAFv2::RuleGroup", &expected);
}

#[test]
fn tags_are_one_type_for_all_services() {
    let tags: Vec<cfn::Tag> = vec![cfn::Tag::new().key("team").value("flags")];
    let expected = json!({ "Tags": [{ "Key": "team", "Value": "flags" }] });
    check(cfn::sqs::Queue::new().tags(tags.clone()), "AWS::SQS::Queue", &expected);
    check(cfn::sns::Topic::new().tags(tags), "AWS::SNS::Topic", &expected);
    let alike: cfn::sqs::queue::Tag = cfn::sns::topic::Tag::new().key("team").value("flags");
    check(cfn::kms::Key::new().tags([alike]), "AWS::KMS::Key", &expected);
}

#[test]
fn references_and_attributes() {
    let resources = resources(|stack| {
        let key = stack.add("Key", cfn::kms::Key::new());
        let topic = stack.add("Topic", cfn::sns::Topic::new().kms_master_key_id(key.get(cfn::kms::Key::ARN)));
        let queue = stack.add("Queue", cfn::sqs::Queue::new().kms_master_key_id(key.reference()));
        // `Ref` of a topic is an ARN, that of a queue is not.
        let arn: Value<Arn> = topic.reference();
        let subscription =
            cfn::sns::Subscription::new().endpoint(queue.get(cfn::sqs::Queue::ARN)).topic_arn(arn).protocol("sqs");
        stack.add("Subscription", subscription);
    });
    let of_type = |type_name: &str| {
        let found = resources.as_object().unwrap().iter().find(|(_, resource)| resource["Type"] == type_name);
        found.map(|(id, resource)| (id.clone(), resource["Properties"].clone())).unwrap()
    };
    let (key, _) = of_type("AWS::KMS::Key");
    let (queue, queue_properties) = of_type("AWS::SQS::Queue");
    let (topic, topic_properties) = of_type("AWS::SNS::Topic");
    let (_, subscription) = of_type("AWS::SNS::Subscription");
    assert_eq!(topic_properties, json!({ "KmsMasterKeyId": { "Fn::GetAtt": [key, "Arn"] } }));
    assert_eq!(queue_properties, json!({ "KmsMasterKeyId": { "Ref": key } }));
    let expected =
        json!({ "Endpoint": { "Fn::GetAtt": [queue, "Arn"] }, "Protocol": "sqs", "TopicArn": { "Ref": topic } });
    assert_eq!(subscription, expected);
    assert_eq!(cfn::elasticache::ServerlessCache::ENDPOINT_ADDRESS.name(), "Endpoint.Address");
}

#[test]
fn what_has_no_setter() {
    let queue = cfn::sqs::Queue::new().with("OfTomorrow", 7).with("Name", Value::region());
    check(queue, "AWS::SQS::Queue", &json!({ "OfTomorrow": 7, "Name": { "Ref": "AWS::Region" } }));
    let subscription = cfn::sns::Subscription::new().protocol("sqs").topic_arn("t").with("Endpoint", "e");
    let expected = json!({ "Endpoint": "e", "Protocol": "sqs", "TopicArn": "t" });
    check(subscription, "AWS::SNS::Subscription", &expected);
}

#[test]
fn how_types_take_tags() {
    fn tags<R: Resource>(_: &R) -> Option<TagProperty> {
        R::TAGS
    }
    assert_eq!(tags(&cfn::sqs::Queue::new()), Some(TagProperty::List("Tags")));
    assert_eq!(tags(&cfn::sns::Subscription::new().protocol("sqs").topic_arn("t")), None);
    let parameter = cfn::ssm::Parameter::new().r#type("String").value("v");
    assert_eq!(tags(&parameter), Some(TagProperty::Map("Tags")));
}
