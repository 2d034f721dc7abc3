//! A provider for [OpenFeature](https://openfeature.dev).

use std::collections::HashMap;

use flag_model::{Timestamp, Version};
use open_feature::provider::{FeatureProvider, ProviderMetadata, ProviderStatus, ResolutionDetails};
use open_feature::{
    EvaluationContext, EvaluationContextFieldValue, EvaluationError, EvaluationErrorCode, EvaluationReason,
    EvaluationResult, FlagMetadata, StructValue, Value as OpenValue, async_trait,
};

use crate::client::FlagClient;
use crate::context::{Attribute, Context, USER_ID};
use crate::evaluate::{NoValue, Reason};
use crate::value::Value;

/// Gives flags to OpenFeature's clients. The targeting key is the attribute `user_id`.
#[derive(Debug)]
pub struct FlagProvider {
    client: FlagClient,
    metadata: ProviderMetadata,
}

impl FlagProvider {
    /// A provider of a client's flags.
    pub fn new(client: FlagClient) -> Self {
        Self { client, metadata: ProviderMetadata::new("flag-client") }
    }

    fn resolve<T>(
        &self,
        id: &str,
        context: &EvaluationContext,
        take: impl Fn(&Value) -> Option<T>,
    ) -> EvaluationResult<ResolutionDetails<T>> {
        let (value, reason, version) =
            self.client.snapshot().typed(id, &context_of(context), take).map_err(|why| error_of(id, why))?;
        Ok(ResolutionDetails {
            value,
            variant: None,
            reason: Some(match &reason {
                Reason::Everybody => EvaluationReason::Static,
                Reason::InRollout | Reason::OutsideRollout => EvaluationReason::Split,
                Reason::Rule(_) => EvaluationReason::TargetingMatch,
                Reason::Prerequisite | Reason::KillSwitch => EvaluationReason::Disabled,
            }),
            flag_metadata: Some(metadata_of(version, &reason)),
        })
    }
}

#[async_trait]
impl FeatureProvider for FlagProvider {
    fn status(&self) -> ProviderStatus {
        let freshness = self.client.freshness();
        match (freshness.refreshed, freshness.is_stale()) {
            (Some(_), false) => ProviderStatus::Ready,
            (Some(_), true) => ProviderStatus::STALE,
            (None, _) if freshness.error.is_some() => ProviderStatus::Error,
            (None, _) => ProviderStatus::NotReady,
        }
    }

    fn metadata(&self) -> &ProviderMetadata {
        &self.metadata
    }

    async fn resolve_bool_value(
        &self,
        flag_key: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<bool>> {
        self.resolve(flag_key, context, Value::as_bool)
    }

    async fn resolve_int_value(
        &self,
        flag_key: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<i64>> {
        self.resolve(flag_key, context, Value::as_integer)
    }

    async fn resolve_float_value(
        &self,
        flag_key: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<f64>> {
        self.resolve(flag_key, context, Value::as_number)
    }

    async fn resolve_string_value(
        &self,
        flag_key: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<String>> {
        self.resolve(flag_key, context, |value| value.as_text().map(|text| text.to_string()))
    }

    async fn resolve_struct_value(
        &self,
        flag_key: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<StructValue>> {
        self.resolve(flag_key, context, |value| value.as_json().and_then(|json| struct_of(json)))
    }
}

fn context_of(context: &EvaluationContext) -> Context {
    let mut out = Context::new();
    for (name, value) in &context.custom_fields {
        let attribute: Attribute = match value {
            EvaluationContextFieldValue::Bool(value) => (*value).into(),
            EvaluationContextFieldValue::Int(value) => (*value).into(),
            EvaluationContextFieldValue::Float(value) => (*value).into(),
            EvaluationContextFieldValue::String(text) => text.clone().into(),
            EvaluationContextFieldValue::DateTime(at) => {
                let milliseconds = at.unix_timestamp() * 1000 + i64::from(at.millisecond());
                match Timestamp::from_milliseconds(milliseconds) {
                    Some(time) => time.into(),
                    None => continue,
                }
            }
            // No condition compares with one.
            EvaluationContextFieldValue::Struct(_) => continue,
        };
        out.set(name.clone(), attribute);
    }
    if let Some(key) = &context.targeting_key {
        out.set(USER_ID, Attribute::from(key.clone()));
    }
    out
}

fn error_of(id: &str, why: NoValue) -> EvaluationError {
    let code = match why {
        NoValue::NotLoaded => EvaluationErrorCode::ProviderNotReady,
        NoValue::Unknown => EvaluationErrorCode::FlagNotFound,
        NoValue::OtherType => EvaluationErrorCode::TypeMismatch,
        NoValue::NoOffValue => EvaluationErrorCode::General("NO_OFF_VALUE".to_owned()),
    };
    EvaluationError { code, message: Some(format!("`{id}`: {why}")) }
}

fn metadata_of(version: Version, reason: &Reason) -> FlagMetadata {
    let version = i64::try_from(version.get()).expect("versions are below 2^53");
    let metadata = FlagMetadata::default().with_value("version", version);
    match reason {
        Reason::Rule(name) => metadata.with_value("rule", name.to_string()),
        _ => metadata,
    }
}

/// An object as OpenFeature has it; none if it is no object. What is null is left out.
fn struct_of(json: &serde_json::Value) -> Option<StructValue> {
    let entries = json.as_object()?.iter();
    let fields: HashMap<String, OpenValue> =
        entries.filter_map(|(name, value)| Some((name.clone(), open_value(value)?))).collect();
    Some(StructValue { fields })
}

fn open_value(json: &serde_json::Value) -> Option<OpenValue> {
    Some(match json {
        serde_json::Value::Null => return None,
        serde_json::Value::Bool(value) => OpenValue::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => OpenValue::Int(integer),
            None => OpenValue::Float(number.as_f64()?),
        },
        serde_json::Value::String(text) => OpenValue::String(text.clone()),
        serde_json::Value::Array(values) => OpenValue::Array(values.iter().filter_map(open_value).collect()),
        serde_json::Value::Object(_) => OpenValue::Struct(struct_of(json)?),
    })
}

#[cfg(test)]
mod tests {
    use flag_model::FlagMessage;
    use open_feature::OpenFeature;
    use serde_json::json;

    use super::*;
    use crate::snapshot::Snapshot;

    fn message(id: &str, value: serde_json::Value, targeting: serde_json::Value) -> FlagMessage {
        FlagMessage::from_json(json!({
            "schema": 1, "flag_id": id, "version": 3, "tombstone": false, "service": "checkout",
            "value": value, "targeting": targeting,
        }))
        .unwrap()
    }

    #[tokio::test]
    async fn flags_are_read_by_open_feature() {
        let staff = json!({ "rules": [{ "name": "staff", "serve": "mine", "conditions": [
            { "attribute": "user_id", "operator": "equals", "values": ["ada"] },
            { "attribute": "orders", "operator": "greater_than", "values": [5] },
        ] }] });
        let flags = [
            message("b", json!(true), json!({})),
            message("n", json!(2.5), json!({})),
            message("i", json!(7), json!({})),
            message("t", json!("all"), staff),
            message("j", json!({ "a": [1, "x", null], "b": { "c": 1.5 } }), json!({})),
            message("none", json!(true), json!({ "rollout": { "percentage": 0 } })),
        ];
        let provider = FlagProvider::new(FlagClient::of(Snapshot::of(&flags)));
        assert_eq!(provider.status(), ProviderStatus::Ready);
        let mut api = OpenFeature::default();
        api.set_provider(provider).await;
        let client = api.create_client();
        let ada = EvaluationContext::default().with_targeting_key("ada").with_custom_field("orders", 6);
        assert_eq!(client.get_bool_value("b", None, None).await, Ok(true));
        assert_eq!(client.get_float_value("n", None, None).await, Ok(2.5));
        assert_eq!(client.get_int_value("i", None, None).await, Ok(7));
        let details = client.get_string_details("t", Some(&ada), None).await.unwrap();
        assert_eq!((details.value.as_str(), details.reason), ("mine", Some(EvaluationReason::TargetingMatch)));
        assert_eq!(details.flag_metadata.values.len(), 2);
        assert_eq!(client.get_string_value("t", None, None).await, Ok("all".to_owned()));
        let code = |error: EvaluationError| error.code;
        assert_eq!(client.get_int_value("n", None, None).await.map_err(code), Err(EvaluationErrorCode::TypeMismatch));
        assert_eq!(client.get_bool_value("x", None, None).await.map_err(code), Err(EvaluationErrorCode::FlagNotFound));
        let none = client.get_bool_value("none", None, None).await.map_err(code);
        assert_eq!(none, Err(EvaluationErrorCode::General("NO_OFF_VALUE".to_owned())));
    }

    #[test]
    fn objects_become_structures() {
        let json = json!({ "a": [1, "x", null], "b": { "c": 1.5 }, "d": null });
        let got = struct_of(&json).unwrap();
        let inner = StructValue { fields: HashMap::from([("c".to_owned(), OpenValue::Float(1.5))]) };
        let list = OpenValue::Array(vec![OpenValue::Int(1), OpenValue::String("x".to_owned())]);
        let fields = [("a".to_owned(), list), ("b".to_owned(), OpenValue::Struct(inner))];
        assert_eq!(got, StructValue { fields: HashMap::from(fields) });
        assert_eq!(struct_of(&json!([1])), None);
    }
}
