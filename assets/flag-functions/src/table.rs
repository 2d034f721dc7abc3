//! The table of flags, as DynamoDB's client speaks to it.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::types::AttributeValue as SdkValue;
use aws_smithy_types::{Blob, base64};
use flag_model::{AttributeValue, FlagId, Item, ItemKey, VERSION, Version};

/// The replica of the table in the function's own region. What writes to it runs in the home region.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
}

impl Table {
    /// An item, as it is at this moment.
    pub(crate) async fn get(&self, key: &ItemKey) -> Result<Option<Item>, String> {
        let request = self.client.get_item().table_name(&self.name).consistent_read(true);
        let answer = request.set_key(Some(to_sdk(&key.to_item()))).send().await.map_err(|error| said(&error))?;
        Ok(answer.item.map(from_sdk))
    }

    /// Versions of a flag below a version, the highest first, until one is found that is wanted.
    pub(crate) async fn find_below<T>(
        &self,
        flag: &FlagId,
        below: Version,
        wanted: impl Fn(Item) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let number = |number: u64| SdkValue::N(number.to_string());
        // DynamoDB refuses a range that ends before it begins.
        let Some(highest) = below.get().checked_sub(1).filter(|highest| *highest > 0) else { return Ok(None) };
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.name)
                .consistent_read(true)
                .scan_index_forward(false)
                .limit(25)
                .key_condition_expression("flag_id = :flag AND version BETWEEN :first AND :last")
                .expression_attribute_values(":flag", SdkValue::S(flag.to_string()))
                .expression_attribute_values(":first", number(1))
                .expression_attribute_values(":last", number(highest))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| said(&error))?;
            if let Some(found) = page.items.unwrap_or_default().into_iter().map(from_sdk).find_map(&wanted) {
                return Ok(Some(found));
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(None);
            }
        }
    }

    /// Marks a version as forbidden by the rules, and the head too if that is its current version. Doing it twice is the
    /// same as once.
    pub(crate) async fn mark_rejected(&self, flag: &FlagId, version: Version, rules: &[String]) -> Result<(), String> {
        let rules = SdkValue::L(rules.iter().cloned().map(SdkValue::S).collect());
        let of_head = (ItemKey::Head(flag.clone()), "current_version = :version");
        let of_version = (ItemKey::Version(flag.clone(), version), "version = :version");
        for (key, condition) in [of_version, of_head] {
            let update = self
                .client
                .update_item()
                .table_name(&self.name)
                .set_key(Some(to_sdk(&key.to_item())))
                .update_expression("SET #status = :rejected, rejected_by = :rules")
                .condition_expression(condition)
                .expression_attribute_names("#status", flag_model::STATUS)
                .expression_attribute_values(":rejected", SdkValue::S("rejected".to_owned()))
                .expression_attribute_values(":rules", rules.clone())
                .expression_attribute_values(":version", SdkValue::N(version.to_string()));
            if let Err(error) = update.send().await {
                let is_gone =
                    error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception());
                if !is_gone {
                    return Err(said(&error));
                }
            }
        }
        Ok(())
    }
}

/// An item as the client wants it. What is not Base64 where bytes should be becomes no bytes; DynamoDB never gives such.
pub(crate) fn to_sdk(item: &Item) -> HashMap<String, SdkValue> {
    item.iter().map(|(name, value)| (name.clone(), value_to_sdk(value))).collect()
}

/// An item as the client gives it.
pub(crate) fn from_sdk(item: HashMap<String, SdkValue>) -> Item {
    item.into_iter().map(|(name, value)| (name, value_from_sdk(value))).collect()
}

/// The version that an item's key says.
pub(crate) fn version_of(item: &Item) -> Option<Version> {
    match item.get(VERSION)? {
        AttributeValue::N(number) => number.parse().ok(),
        _ => None,
    }
}

/// What a call failed with, and why.
pub(crate) fn said<E, R>(error: &SdkError<E, R>) -> String
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    DisplayErrorContext(error).to_string()
}

fn value_to_sdk(value: &AttributeValue) -> SdkValue {
    let bytes = |text: &String| Blob::new(base64::decode(text).unwrap_or_default());
    match value {
        AttributeValue::S(text) => SdkValue::S(text.clone()),
        AttributeValue::N(number) => SdkValue::N(number.clone()),
        AttributeValue::B(text) => SdkValue::B(bytes(text)),
        AttributeValue::Bool(value) => SdkValue::Bool(*value),
        AttributeValue::Null => SdkValue::Null(true),
        AttributeValue::M(item) => SdkValue::M(to_sdk(item)),
        AttributeValue::L(values) => SdkValue::L(values.iter().map(value_to_sdk).collect()),
        AttributeValue::Ss(texts) => SdkValue::Ss(texts.clone()),
        AttributeValue::Ns(numbers) => SdkValue::Ns(numbers.clone()),
        AttributeValue::Bs(texts) => SdkValue::Bs(texts.iter().map(bytes).collect()),
    }
}

fn value_from_sdk(value: SdkValue) -> AttributeValue {
    match value {
        SdkValue::S(text) => AttributeValue::S(text),
        SdkValue::N(number) => AttributeValue::N(number),
        SdkValue::B(bytes) => AttributeValue::B(base64::encode(bytes)),
        SdkValue::Bool(value) => AttributeValue::Bool(value),
        SdkValue::M(item) => AttributeValue::M(from_sdk(item)),
        SdkValue::L(values) => AttributeValue::L(values.into_iter().map(value_from_sdk).collect()),
        SdkValue::Ss(texts) => AttributeValue::Ss(texts),
        SdkValue::Ns(numbers) => AttributeValue::Ns(numbers),
        SdkValue::Bs(list) => AttributeValue::Bs(list.into_iter().map(base64::encode).collect()),
        // A type that DynamoDB does not have yet is as good as nothing.
        _ => AttributeValue::Null,
    }
}

#[cfg(test)]
mod tests {
    use flag_model::item_from_json;
    use serde_json::json;

    use super::*;

    #[test]
    fn items_of_every_type_go_both_ways() {
        let item = item_from_json(&json!({
            "s": {"S": "x"}, "n": {"N": "1.50"}, "b": {"B": "AAE="}, "bool": {"BOOL": true}, "null": {"NULL": true},
            "m": {"M": {"l": {"L": [{"SS": ["a"]}, {"NS": ["1"]}, {"BS": ["AA=="]}]}}},
        }));
        let item = item.unwrap();
        assert_eq!(from_sdk(to_sdk(&item)), item);
    }
}
