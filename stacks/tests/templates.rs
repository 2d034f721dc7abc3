//! What the app's templates are: small ones as they are, large ones by what must hold of them.

use std::collections::BTreeMap;

use flagcdk::patterns::Services;
use flagcdk::{Assembly, Placement, Region};
use flagcdk_stacks::{Config, Tier, app_with};
use serde_json::Value as Json;

fn synth(config: &Config) -> Assembly {
    app_with(config).synth().unwrap_or_else(|error| panic!("{error}"))
}

fn templates(assembly: &Assembly) -> BTreeMap<&str, Json> {
    let parse = |stack: &str| serde_json::from_str(assembly.template(stack)).expect("templates are JSON");
    assembly.manifest.stacks.iter().map(|stack| (stack.id.as_str(), parse(&stack.id))).collect()
}

fn resources(template: &Json) -> impl Iterator<Item = (&str, &Json)> {
    template["Resources"].as_object().into_iter().flatten().map(|(id, resource)| (id.as_str(), resource))
}

fn with_services(services: Services) -> Config {
    let mut config = Config::new("dev");
    config.services = services;
    config
}

/// Three services in two regions.
fn small() -> Config {
    let mut config = with_services(Services::numbered(3));
    config.regions = vec![Region::US_EAST_1, Region::EU_WEST_1];
    config.alert_emails = vec!["flags@example.com".to_owned()];
    config
}

#[test]
fn templates_of_a_small_app() {
    let assembly = synth(&small());
    for (stack, template) in templates(&assembly) {
        insta::assert_json_snapshot!(stack, template);
    }
    insta::assert_json_snapshot!("manifest", assembly.manifest);
}

/// A logical id that changes replaces what somebody has. If this fails, the change is a breaking one.
#[test]
fn logical_ids_stay() {
    let list = |config: &Config| {
        let assembly = synth(config);
        let mut lines = Vec::new();
        for (stack, template) in templates(&assembly) {
            lines.extend(
                resources(&template)
                    .map(|(id, resource)| format!("{stack} {id} {}", resource["Type"].as_str().unwrap())),
            );
        }
        lines.join("\n")
    };
    insta::assert_snapshot!("logical-ids", list(&Config::new("dev")));
    insta::assert_snapshot!(
        "logical-ids-of-production",
        list(&{
            let mut config = Config::new("prod");
            config.services = Services::named(["billing", "search", "web_shop"]).sharded_over(4);
            config
        })
    );
}

#[test]
fn two_runs_give_the_same_bytes() {
    let config = Config::new("dev");
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    synth(&config).write(first.path()).unwrap();
    synth(&config).write(second.path()).unwrap();
    let files = |directory: &std::path::Path| -> BTreeMap<_, _> {
        let entries = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
        entries.map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap())).collect()
    };
    assert_eq!(files(first.path()), files(second.path()));
    assert!(files(first.path()).len() > 5);
}

#[test]
fn templates_stay_within_cloudformations_limits() {
    let teams = |count: usize| Services::named((0..count).map(|number| format!("team-{number}")));
    let longest = Services::named((0..70).map(|number| format!("{number:02}{}", "s".repeat(46)))).sharded_over(1);
    let all = [
        Services::numbered(1),
        Services::numbered(156),
        Services::numbered(1000),
        teams(1),
        teams(156),
        teams(400),
        longest,
    ];
    for services in all {
        let assembly = synth(&with_services(services));
        for (stack, template) in templates(&assembly) {
            let count = |part: &str| template[part].as_object().map_or(0, serde_json::Map::len);
            assert!(count("Resources") <= 500, "{stack}: {} resources", count("Resources"));
            assert!(count("Outputs") <= 200, "{stack}: {} outputs", count("Outputs"));
            let bytes = assembly.template(stack).len();
            assert!(bytes <= 1_000_000, "{stack}: {bytes} bytes");
        }
    }
}

#[test]
fn services_never_move_to_another_stack() {
    let stack_of = |assembly: &Assembly, name: &str| -> Vec<String> {
        let queue = |resource: &Json| resource["Properties"]["QueueName"] == format!("dev-feature-flags-{name}");
        let has = |template: &Json| resources(template).any(|(_, resource)| queue(resource));
        templates(assembly)
            .into_iter()
            .filter(|(_, template)| has(template))
            .map(|(stack, _)| stack.to_owned())
            .collect()
    };
    let (few, many) = (synth(&with_services(Services::numbered(95))), synth(&with_services(Services::numbered(1000))));
    for name in ["service-001", "service-090", "service-091", "service-095"] {
        assert_eq!(stack_of(&few, name), stack_of(&many, name), "{name}");
        assert_eq!(stack_of(&few, name).len(), 1, "{name}");
    }
}

#[test]
fn once_only_resources_are_in_the_home_region_alone() {
    let once = ["AWS::DynamoDB::GlobalTable", "AWS::IAM::ServiceLinkedRole"];
    let assembly = synth(&Config::new("dev"));
    for entry in &assembly.manifest.stacks {
        let template: Json = serde_json::from_str(assembly.template(&entry.id)).unwrap();
        let found =
            resources(&template).filter(|(_, resource)| once.contains(&resource["Type"].as_str().unwrap())).count();
        assert_eq!(found > 0, entry.placement == Placement::Home, "{}", entry.id);
    }
}

/// What a review of the templates would ask for, of every resource of a type.
#[test]
fn every_resource_is_as_safe_as_it_should_be() {
    let production = Config::new("prod");
    assert_eq!(production.tier, Tier::Production);
    for config in [Config::new("dev"), production] {
        let assembly = synth(&config);
        for (stack, template) in templates(&assembly) {
            for (id, resource) in resources(&template) {
                check_resource(&format!("{stack}/{id}"), resource, &template, config.tier);
            }
        }
    }
}

fn check_resource(place: &str, resource: &Json, template: &Json, tier: Tier) {
    let properties = &resource["Properties"];
    let has = |name: &str| assert!(!properties[name].is_null(), "{place} has no {name}");
    let is = |name: &str, expected: Json| assert_eq!(properties[name], expected, "{place}: {name}");
    let retained = || assert_eq!(resource["DeletionPolicy"], "Retain", "{place}");
    match resource["Type"].as_str().unwrap_or_default() {
        "AWS::KMS::Key" => {
            is("EnableKeyRotation", true.into());
            is("PendingWindowInDays", 30.into());
            retained();
            for statement in properties["KeyPolicy"]["Statement"].as_array().expect("it is a list") {
                assert_ne!(statement["Principal"], "*", "{place}");
            }
        }
        "AWS::SQS::Queue" => {
            has("KmsMasterKeyId");
            is("MessageRetentionPeriod", 1_209_600.into());
            let id = place.split('/').nth(1).unwrap_or_default();
            let own = serde_json::json!({ "Ref": id });
            let denied = resources(template)
                .filter(|(_, other)| other["Type"] == "AWS::SQS::QueuePolicy")
                .filter(|(_, policy)| policy["Properties"]["Queues"].as_array().expect("it is a list").contains(&own))
                .any(|(_, policy)| policy.to_string().contains("aws:SecureTransport"));
            assert!(denied, "{place} takes messages without TLS");
        }
        // ElastiCache notifies no topic that is encrypted.
        "AWS::SNS::Topic" if place == "Regional/CacheEvents" => {}
        "AWS::SNS::Topic" => has("KmsMasterKeyId"),
        "AWS::SNS::Subscription" if properties["Protocol"] == "sqs" => {
            has("RedrivePolicy");
            is("RawMessageDelivery", true.into());
        }
        "AWS::DynamoDB::GlobalTable" => {
            retained();
            assert!(properties["TimeToLiveSpecification"].is_null());
            is("StreamSpecification", serde_json::json!({ "StreamViewType": "NEW_AND_OLD_IMAGES" }));
            for replica in properties["Replicas"].as_array().expect("it is a list") {
                assert_eq!(replica["DeletionProtectionEnabled"], true);
                assert_eq!(replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
                assert!(
                    replica["SSESpecification"]["KMSMasterKeyId"].as_str().unwrap_or_default().starts_with("alias/")
                );
            }
        }
        "AWS::Lambda::Function" => {
            for name in ["KmsKeyArn", "DeadLetterConfig", "VpcConfig", "LoggingConfig"] {
                has(name);
            }
            is("Runtime", "provided.al2023".into());
            is("TracingConfig", serde_json::json!({ "Mode": "Active" }));
            if tier == Tier::Production {
                has("ReservedConcurrentExecutions");
            }
        }
        "AWS::Lambda::EventSourceMapping" => {
            is("FunctionResponseTypes", serde_json::json!(["ReportBatchItemFailures"]));
            if properties["StartingPosition"].is_null() {
                has("ScalingConfig");
            } else {
                is("StartingPosition", "TRIM_HORIZON".into());
                is("BisectBatchOnFunctionError", true.into());
                has("MaximumRetryAttempts");
                has("DestinationConfig");
            }
        }
        "AWS::Logs::LogGroup" => {
            has("KmsKeyId");
            has("RetentionInDays");
        }
        "AWS::IAM::Role" => {
            assert!(properties["RoleName"].is_null(), "{place} has a name");
            assert!(properties["ManagedPolicyArns"].is_null(), "{place} has a managed policy");
            // All of a role's inline policies may have 10,240 characters, spaces not counted.
            let size = properties["Policies"].to_string().len();
            assert!(size < 8_000, "{place}: {size} characters of policies");
        }
        "AWS::SecretsManager::Secret" => has("KmsKeyId"),
        _ => {}
    }
    let text = resource.to_string();
    assert!(!text.contains("0.0.0.0/0"), "{place} is open to the world");
}
