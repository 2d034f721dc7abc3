//! The report for tools is what its format says.

use flagcdk_engine::security::sarif;
use flagcdk_engine::validate::review;
use serde_json::{Value as Json, json};

use super::assembly;

fn report() -> Json {
    let suppress = json!([{ "id": "security::secrets-rotation", "reason": "it opens nothing" }]);
    let template = json!({ "Resources": {
        "Topic": { "Type": "AWS::SNS::TopicPolicy", "Metadata": { "flagcdk:path": "S/Bus/Policy" }, "Properties": {
            "Topics": ["x"], "PolicyDocument": { "Statement": { "Effect": "Allow", "Principal": "*", "Action": "sns:Publish" } },
        } },
        "Secret": {
            "Type": "AWS::SecretsManager::Secret", "Properties": {},
            "Metadata": { "flagcdk:path": "S/Secret", "flagcdk": { "suppress": suppress } },
        },
        "Broken": { "Type": "AWS::SQS::Cue" },
    } });
    let assembly = assembly(&[("S", template)]);
    sarif::report(&assembly, &review(&assembly))
}

#[test]
fn the_report_fits_the_schema() {
    let schema: Json = serde_json::from_str(include_str!("sarif-2.1.0.json")).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let problems: Vec<String> = validator.iter_errors(&report()).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:?}");
    // The schema would find something: it is not one that lets everything through.
    let mut wrong = report();
    wrong["runs"][0]["results"][0]["level"] = json!("fatal");
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn results_say_where_how_bad_and_why_not() {
    let report = report();
    let run = &report["runs"][0];
    let results = run["results"].as_array().unwrap();
    let found: Vec<_> =
        results.iter().map(|result| (result["ruleId"].as_str().unwrap(), result["level"].as_str().unwrap())).collect();
    assert_eq!(
        found,
        [
            ("validate::unknown-type", "error"),
            ("security::sns-open-policy", "error"),
            ("security::secrets-encryption", "warning"),
            ("security::secrets-rotation", "warning"),
        ]
    );
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["shortDescription"]["text"].is_string(), "{rule}");
    }
    assert_eq!(results[3]["suppressions"], json!([{ "kind": "inSource", "justification": "it opens nothing" }]));
    let place = &results[1]["locations"][0];
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "S/Bus/Policy at PolicyDocument.Statement");
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "S.template.json");
    assert!(place["physicalLocation"]["region"]["startLine"].as_u64().unwrap() > 1);
}
