//! Items of DynamoDB tables, as DynamoDB's own JSON: `{"name": {"S": "text"}}`.
//!
//! What items mean is not known here. Whoever asks says tables, keys, conditions and expressions.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, ConditionCheck, Put, TransactWriteItem, Update};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flagcdk_assembly::Region;
use flagcdk_engine::{CloudError, ErrorKind, sha256};
use serde_json::{Map, Value, json};

use crate::connection::AwsCloud;
use crate::requests::Call;

/// The most characters of a transaction's token.
const TOKEN: usize = 36;

/// An expression, with its placeholders.
///
/// See [Expressions](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expression {
    /// The text, such as `#status = :good`.
    pub text: String,
    /// The names of attributes by their placeholders, which begin with `#`.
    pub names: BTreeMap<String, String>,
    /// The values by their placeholders, which begin with `:`.
    pub values: BTreeMap<String, Value>,
}

impl Expression {
    /// An expression without placeholders.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// With a name for a placeholder.
    #[must_use]
    pub fn name(mut self, placeholder: &str, name: &str) -> Self {
        self.names.insert(placeholder.to_owned(), name.to_owned());
        self
    }

    /// With a value for a placeholder.
    #[must_use]
    pub fn value(mut self, placeholder: &str, value: Value) -> Self {
        self.values.insert(placeholder.to_owned(), value);
        self
    }
}

/// Which items are asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemQuery {
    /// The table.
    pub table: String,
    /// The index of the table, if it is not the table itself that is asked.
    pub index: Option<String>,
    /// The condition on the key; without one, every item is asked for.
    pub key: Option<Expression>,
    /// Whether the highest sort key comes first; by default the lowest does.
    pub descending: bool,
    /// How many items are enough for one page; by default as many as fit into 1 MiB.
    pub limit: Option<i32>,
    /// After which key the page begins; by default at the first.
    pub start: Option<Value>,
}

/// Some items, and after which key the next ones are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemPage {
    /// The items.
    pub items: Vec<Value>,
    /// What the next page's [`ItemQuery::start`] is; none after the last one.
    pub next: Option<Value>,
}

/// One of the writes of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemWrite {
    /// Puts an item if the condition holds for the one that is there.
    Put {
        /// The item.
        item: Value,
        /// The condition.
        condition: Expression,
    },
    /// Changes an item if the condition holds for it. Both expressions have the placeholders of the update.
    Update {
        /// The item's key.
        key: Value,
        /// The change.
        update: Expression,
        /// The condition's text.
        condition: String,
    },
    /// Writes nothing: the condition must hold.
    Check {
        /// The item's key.
        key: Value,
        /// The condition.
        condition: Expression,
    },
}

impl AwsCloud {
    /// An item of a table, as it is in the region at this moment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such table, and whatever else a request can fail with.
    pub async fn item(&self, region: Region, table: &str, key: &Value) -> Result<Option<Value>, CloudError> {
        let call = Call::new("dynamodb:GetItem", region);
        let key = to_item(key).map_err(|problem| call.error(ErrorKind::Other, problem))?;
        let ask = async || {
            let request = self.dynamodb(region).get_item().table_name(table).consistent_read(true);
            request.set_key(Some(key.clone())).send().await
        };
        Ok(self.send(call, ask).await?.item.map(from_item))
    }

    /// A page of items. A table is read as it is at this moment, an index as it was a moment ago.
    ///
    /// # Errors
    ///
    /// As [`AwsCloud::item`].
    pub async fn items(&self, region: Region, query: &ItemQuery) -> Result<ItemPage, CloudError> {
        match &query.key {
            Some(key) => self.query(region, query, key).await,
            None => self.scan(region, query).await,
        }
    }

    async fn query(&self, region: Region, query: &ItemQuery, key: &Expression) -> Result<ItemPage, CloudError> {
        let call = Call::new("dynamodb:Query", region);
        let malformed = |problem| call.error(ErrorKind::Other, problem);
        let start = query.start.as_ref().map(to_item).transpose().map_err(malformed)?;
        let (names, values) = placeholders(key).map_err(malformed)?;
        let ask = async || {
            let request = self.dynamodb(region).query().table_name(&query.table).set_index_name(query.index.clone());
            let request = request.consistent_read(query.index.is_none()).key_condition_expression(&key.text);
            let request = request.set_expression_attribute_names(names.clone());
            let request = request.set_expression_attribute_values(values.clone());
            let request = request.scan_index_forward(!query.descending).set_limit(query.limit);
            request.set_exclusive_start_key(start.clone()).send().await
        };
        let answer = self.send(call, ask).await?;
        Ok(page(answer.items, answer.last_evaluated_key))
    }

    async fn scan(&self, region: Region, query: &ItemQuery) -> Result<ItemPage, CloudError> {
        let call = Call::new("dynamodb:Scan", region);
        let start = query.start.as_ref().map(to_item).transpose();
        let start = start.map_err(|problem| call.error(ErrorKind::Other, problem))?;
        let ask = async || {
            let request = self.dynamodb(region).scan().table_name(&query.table).set_index_name(query.index.clone());
            let request = request.consistent_read(query.index.is_none()).set_limit(query.limit);
            request.set_exclusive_start_key(start.clone()).send().await
        };
        let answer = self.send(call, ask).await?;
        Ok(page(answer.items, answer.last_evaluated_key))
    }

    /// Writes all or nothing in one transaction. False if a condition does not hold.
    ///
    /// The transaction's token is made of what is written, so that a repetition, whose first answer was lost, is the same
    /// transaction for ten minutes.
    ///
    /// # Errors
    ///
    /// As [`AwsCloud::item`]; [`ErrorKind::Throttled`] if other transactions kept the items busy.
    pub async fn write_items(&self, region: Region, table: &str, writes: &[ItemWrite]) -> Result<bool, CloudError> {
        let call = Call::new("dynamodb:TransactWriteItems", region);
        let parts: Result<Vec<_>, _> = writes.iter().map(|write| write.to_sdk(table)).collect();
        let parts = parts.map_err(|problem| call.error(ErrorKind::Other, problem))?;
        let token = token(table, writes);
        let ask = async || {
            let request = self.dynamodb(region).transact_write_items().client_request_token(&token);
            match request.set_transact_items(Some(parts.clone())).send().await {
                Ok(_) => Ok(Outcome::Written),
                Err(error) => match error.as_service_error() {
                    Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                        Ok(Outcome::of(canceled.cancellation_reasons()))
                    }
                    Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
                        Ok(Outcome::Busy("the same transaction is under way".to_owned()))
                    }
                    _ => Err(error),
                },
            }
        };
        let (mut wait, mut attempt) = (self.timing.first_backoff, 1);
        loop {
            match self.send(call, ask).await? {
                Outcome::Written => return Ok(true),
                Outcome::ConditionFailed => return Ok(false),
                Outcome::Refused(reason) => return Err(call.error(ErrorKind::Rejected, reason)),
                Outcome::Busy(reason) if attempt >= self.timing.attempts => {
                    return Err(call.error(ErrorKind::Throttled, reason));
                }
                Outcome::Busy(_) => {
                    tokio::time::sleep(wait).await;
                    wait = longer(wait, self.timing.longest_backoff);
                    attempt += 1;
                }
            }
        }
    }
}

/// What became of a transaction.
#[derive(Debug)]
enum Outcome {
    Written,
    ConditionFailed,
    /// It may be done another time.
    Busy(String),
    Refused(String),
}

impl Outcome {
    /// A transaction that was canceled has a reason for each of its parts; `None` is the code of those that were fine.
    fn of(reasons: &[CancellationReason]) -> Self {
        let busy = ["TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"];
        let mut outcome = Self::Busy("the transaction was canceled, and no reason was given".to_owned());
        for reason in reasons {
            let code = reason.code().unwrap_or_default();
            let words = format!("{} ({code})", reason.message().unwrap_or("the service gives no reason"));
            match code {
                "None" | "" => {}
                "ConditionalCheckFailed" => return Self::ConditionFailed,
                code if busy.contains(&code) => outcome = Self::Busy(words),
                _ => return Self::Refused(words),
            }
        }
        outcome
    }
}

fn longer(wait: Duration, longest: Duration) -> Duration {
    (wait * 2).min(longest)
}

/// The same for the same writes, and for no others.
fn token(table: &str, writes: &[ItemWrite]) -> String {
    let mut digest = sha256(format!("{table}{writes:?}").as_bytes());
    digest.truncate(TOKEN);
    digest
}

impl ItemWrite {
    fn to_sdk(&self, table: &str) -> Result<TransactWriteItem, String> {
        let whole = "table, item or key, and expressions are given";
        Ok(match self {
            Self::Put { item, condition } => {
                let (names, values) = placeholders(condition)?;
                let put = Put::builder().table_name(table).set_item(Some(to_item(item)?));
                let put = put.condition_expression(&condition.text).set_expression_attribute_names(names);
                let put = put.set_expression_attribute_values(values).build().expect(whole);
                TransactWriteItem::builder().put(put).build()
            }
            Self::Update { key, update, condition } => {
                let (names, values) = placeholders(update)?;
                let part = Update::builder().table_name(table).set_key(Some(to_item(key)?));
                let part = part.update_expression(&update.text).condition_expression(condition);
                let part = part.set_expression_attribute_names(names).set_expression_attribute_values(values);
                TransactWriteItem::builder().update(part.build().expect(whole)).build()
            }
            Self::Check { key, condition } => {
                let (names, values) = placeholders(condition)?;
                let check = ConditionCheck::builder().table_name(table).set_key(Some(to_item(key)?));
                let check = check.condition_expression(&condition.text).set_expression_attribute_names(names);
                let check = check.set_expression_attribute_values(values).build().expect(whole);
                TransactWriteItem::builder().condition_check(check).build()
            }
        })
    }
}

type Item = HashMap<String, AttributeValue>;

/// The placeholders of an expression. DynamoDB refuses maps of them that are empty.
fn placeholders(expression: &Expression) -> Result<(Option<HashMap<String, String>>, Option<Item>), String> {
    let names: HashMap<_, _> = expression.names.clone().into_iter().collect();
    let values: Result<Item, String> =
        expression.values.iter().map(|(name, value)| Ok((name.clone(), to_value(value)?))).collect();
    let values = values?;
    Ok(((!names.is_empty()).then_some(names), (!values.is_empty()).then_some(values)))
}

fn page(items: Option<Vec<Item>>, next: Option<Item>) -> ItemPage {
    let items = items.unwrap_or_default().into_iter().map(from_item).collect();
    ItemPage { items, next: next.filter(|key| !key.is_empty()).map(from_item) }
}

fn to_item(json: &Value) -> Result<Item, String> {
    let entries = json.as_object().ok_or_else(|| format!("an item is not an object: {json}"))?;
    entries.iter().map(|(name, value)| Ok((name.clone(), to_value(value)?))).collect()
}

fn to_value(json: &Value) -> Result<AttributeValue, String> {
    let wrong = || format!("not an attribute value: {json}");
    let mut entries = json.as_object().ok_or_else(wrong)?.iter();
    let (Some((kind, content)), None) = (entries.next(), entries.next()) else { return Err(wrong()) };
    let text = |content: &Value| content.as_str().map(str::to_owned).ok_or_else(wrong);
    let texts = || content.as_array().ok_or_else(wrong)?.iter().map(text).collect::<Result<Vec<_>, _>>();
    let bytes = |text: &str| BASE64.decode(text).map(Blob::new).map_err(|_| wrong());
    Ok(match kind.as_str() {
        "S" => AttributeValue::S(text(content)?),
        "N" => AttributeValue::N(text(content)?),
        "B" => AttributeValue::B(bytes(&text(content)?)?),
        "BOOL" => AttributeValue::Bool(content.as_bool().ok_or_else(wrong)?),
        "NULL" => AttributeValue::Null(content.as_bool().ok_or_else(wrong)?),
        "M" => AttributeValue::M(to_item(content)?),
        "L" => {
            let values = content.as_array().ok_or_else(wrong)?.iter().map(to_value);
            AttributeValue::L(values.collect::<Result<_, _>>()?)
        }
        "SS" => AttributeValue::Ss(texts()?),
        "NS" => AttributeValue::Ns(texts()?),
        "BS" => AttributeValue::Bs(texts()?.iter().map(|text| bytes(text)).collect::<Result<_, _>>()?),
        _ => return Err(wrong()),
    })
}

/// An item with its attributes in the order of their names, so that the same item is the same text.
fn from_item(item: Item) -> Value {
    let sorted: BTreeMap<_, _> = item.into_iter().collect();
    Value::Object(sorted.into_iter().map(|(name, value)| (name, from_value(value))).collect::<Map<_, _>>())
}

fn from_value(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(bytes) => json!({ "B": BASE64.encode(bytes) }),
        AttributeValue::Bool(value) => json!({ "BOOL": value }),
        AttributeValue::M(item) => json!({ "M": from_item(item) }),
        AttributeValue::L(values) => json!({ "L": values.into_iter().map(from_value).collect::<Vec<_>>() }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(list) => {
            json!({ "BS": list.into_iter().map(|bytes| BASE64.encode(bytes)).collect::<Vec<_>>() })
        }
        // A type that DynamoDB does not have yet is as good as nothing.
        _ => json!({ "NULL": true }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_every_type_go_both_ways() {
        let item = json!({
            "b": {"B": "AAE="}, "bool": {"BOOL": true}, "m": {"M": {"l": {"L": [{"SS": ["a"]}, {"NS": ["1"]}, {"BS": ["AA=="]}]}}},
            "n": {"N": "1.50"}, "null": {"NULL": true}, "s": {"S": "x"},
        });
        assert_eq!(from_item(to_item(&item).unwrap()), item);
        for wrong in
            [json!("x"), json!({"a": 1}), json!({"a": {"N": 1}}), json!({"a": {"B": "?"}}), json!({"a": {"X": "x"}})]
        {
            assert!(to_item(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn why_a_transaction_was_canceled() {
        let check = |codes: &[&str], expected: &str| {
            let reason = |code: &&str| CancellationReason::builder().code(*code).message("Why").build();
            let outcome = Outcome::of(&codes.iter().map(reason).collect::<Vec<_>>());
            let shown = match outcome {
                Outcome::Written => "written".to_owned(),
                Outcome::ConditionFailed => "condition".to_owned(),
                Outcome::Busy(reason) => format!("busy: {reason}"),
                Outcome::Refused(reason) => format!("refused: {reason}"),
            };
            assert_eq!(shown, expected, "{codes:?}");
        };
        check(&["None", "ConditionalCheckFailed"], "condition");
        check(&["TransactionConflict", "ConditionalCheckFailed"], "condition");
        check(&["None", "TransactionConflict"], "busy: Why (TransactionConflict)");
        check(&["ThrottlingError"], "busy: Why (ThrottlingError)");
        check(&["None", "ValidationError"], "refused: Why (ValidationError)");
        check(&[], "busy: the transaction was canceled, and no reason was given");
    }

    #[test]
    fn tokens_are_names_of_what_is_written() {
        let put = |text: &str| ItemWrite::Put { item: json!({"a": {"S": text}}), condition: Expression::new("x") };
        assert_eq!(token("t", &[put("1")]), token("t", &[put("1")]));
        assert_ne!(token("t", &[put("1")]), token("t", &[put("2")]));
        assert_ne!(token("t", &[put("1")]), token("u", &[put("1")]));
        assert_eq!(token("t", &[put("1")]).len(), TOKEN);
    }
}
