//! EventBridge, Secrets Manager and OpenSearch, as far as the functions speak to them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Call, Refusal};

/// [PutEvents](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).
pub(super) fn put_events(action: &str, body: &Value) -> Result<Value, Refusal> {
    let entries =
        body["Entries"].as_array().filter(|entries| action == "PutEvents" && (1..=10).contains(&entries.len()));
    let entries = entries.ok_or_else(|| Refusal::new(400, "ValidationException", "wanted 1 to 10 entries"))?;
    let id = |entry: &Value| {
        let detail = entry["Detail"].as_str().and_then(|detail| serde_json::from_str::<Value>(detail).ok());
        let is_sound = detail.is_some_and(|detail| detail.is_object())
            && ["Source", "DetailType"].iter().all(|name| entry[*name].as_str().is_some_and(|text| !text.is_empty()));
        if is_sound {
            json!({ "EventId": "e" })
        } else {
            json!({ "ErrorCode": "MalformedDetail", "ErrorMessage": "no" })
        }
    };
    let answers: Vec<Value> = entries.iter().map(id).collect();
    let failed = answers.iter().filter(|answer| answer.get("ErrorCode").is_some()).count();
    Ok(json!({ "FailedEntryCount": failed, "Entries": answers }))
}

/// [GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html).
pub(super) fn secret(action: &str, body: &Value, secrets: &BTreeMap<String, String>) -> Result<(u16, String), Refusal> {
    let id = body["SecretId"].as_str().filter(|_| action == "GetSecretValue").unwrap_or_default();
    let secret = secrets.get(id).ok_or_else(|| Refusal::new(400, "ResourceNotFoundException", "no such secret"))?;
    Ok((200, json!({ "ARN": id, "SecretString": secret, "VersionStages": ["AWSCURRENT"] }).to_string()))
}

/// [Index document](https://docs.opensearch.org/latest/api-reference/document-apis/index-document/), with `_create`.
pub(super) fn create_document(call: &Call, documents: &mut BTreeMap<String, Value>) -> Result<(u16, String), Refusal> {
    if call.action != "CreateDocument" || !call.body.is_object() {
        return Err(Refusal::new(400, "mapper_parsing_exception", "only documents can be created here"));
    }
    let id = call.path.rsplit('/').next().unwrap_or_default();
    if id.is_empty() || id.len() > 512 {
        return Err(Refusal::new(400, "action_request_validation_exception", "wanted an id of 1 to 512 bytes"));
    }
    if documents.contains_key(&call.path) {
        return Err(Refusal::new(409, "version_conflict_engine_exception", "document already exists"));
    }
    documents.insert(call.path.clone(), call.body.clone());
    Ok((201, json!({ "_id": id, "_version": 1, "result": "created" }).to_string()))
}
