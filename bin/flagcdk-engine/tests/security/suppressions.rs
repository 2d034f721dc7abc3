//! What is right as it is, and says why.

use flagcdk_engine::validate::review;
use serde_json::{Value as Json, json};

use super::{assembly, check};

fn secret(id: &str, suppress: Json) -> Json {
    json!({
        "Type": "AWS::SecretsManager::Secret", "Properties": { "KmsKeyId": "key" },
        "Metadata": { "flagcdk:path": format!("S/Area/{id}"), "flagcdk": { "suppress": suppress } },
    })
}

#[test]
fn a_reason_is_kept_in_place_of_the_finding() {
    let suppress = json!([{ "id": "security::secrets-rotation", "reason": "it opens nothing" }]);
    let review = review(&assembly(&[("S", json!({ "Resources": { "A": secret("A", suppress) } }))]));
    assert!(review.findings.is_empty(), "{:?}", review.findings);
    let [suppressed] = review.suppressed.as_slice() else { panic!("{:?}", review.suppressed) };
    assert_eq!(suppressed.finding.to_string(), "S/Area/A: the secret is never rotated [security::secrets-rotation]");
    assert_eq!(suppressed.reason, "it opens nothing");
}

#[test]
fn suppressions_are_checked_themselves() {
    let entry = |id: &str, reason: &str| json!({ "id": id, "reason": reason });
    check(
        json!({ "A": secret("A", json!([
            entry("security::secrets-rotation", " "),
            entry("security::secrets-encryption", "there is no key"),
            entry("security::secrets-rotatoin", "a slip"),
            entry("CKV_AWS_149", "for the others"),
        ])) }),
        &[
            "S/Area/A: `security::secrets-rotation` is suppressed, and nobody says why [security::no-reason]",
            "S/Area/A: `security::secrets-encryption` is suppressed, and nothing there breaks it [security::unused-suppression]",
            "S/Area/A: there is no rule `security::secrets-rotatoin` [security::unknown-rule]",
        ],
    );
}

#[test]
fn what_is_said_of_an_area_must_be_of_use_to_one_resource_in_it() {
    let from = |rule: &str| json!([{ "id": rule, "reason": "they open nothing", "from": "S/Area" }]);
    let rotation = from("security::secrets-rotation");
    let rotated =
        json!({ "Type": "AWS::SecretsManager::RotationSchedule", "Properties": { "SecretId": { "Ref": "B" } } });
    check(json!({ "A": secret("A", rotation.clone()), "B": secret("B", rotation), "R": rotated }), &[]);
    let encryption = from("security::secrets-encryption");
    let rotated = |id: &str| json!({ "Type": "AWS::SecretsManager::RotationSchedule", "Properties": { "SecretId": { "Ref": id } } });
    check(
        json!({ "A": secret("A", encryption.clone()), "B": secret("B", encryption), "R": rotated("A"), "Q": rotated("B") }),
        &[
            "S/Area: `security::secrets-encryption` is suppressed, and nothing there breaks it [security::unused-suppression]",
        ],
    );
}

#[test]
fn what_is_no_suppression_is_said() {
    let review = review(&assembly(&[("S", json!({ "Resources": { "A": secret("A", json!(["all of it"])) } }))]));
    let texts: Vec<String> = review.findings.iter().map(|finding| finding.to_string()).collect();
    assert_eq!(
        texts,
        [
            "S/Area/A at Metadata.flagcdk.suppress.0: a suppression is `\"all of it\"`, wanted an object with `id` and `reason` [validate::malformed]",
            "S/Area/A: the secret is never rotated [security::secrets-rotation]",
        ]
    );
}
