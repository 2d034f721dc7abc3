//! A table of [DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html),
//! with the key `flag_id` and `version` and as much of the language of expressions as the functions use.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Refusal;

/// A table, and the records of its stream.
#[derive(Debug, Default)]
pub struct Table {
    items: BTreeMap<Key, Value>,
    records: Vec<Value>,
    written: usize,
    /// What happens once, right before the next transaction.
    rival: Option<Vec<Value>>,
}

type Key = (String, u64);

impl Table {
    /// Writes an item as a writer does, without a condition.
    ///
    /// # Panics
    ///
    /// If it has no key.
    pub fn put(&mut self, item: Value) {
        let key = key_of(&item).expect("the item has a key");
        self.set(key, Some(item));
    }

    /// Deletes an item, as a person does or its time to live.
    pub fn delete(&mut self, flag: &str, version: u64) {
        self.set((flag.to_owned(), version), None);
    }

    /// The item with a key.
    pub fn get(&self, flag: &str, version: u64) -> Option<&Value> {
        self.items.get(&(flag.to_owned(), version))
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What the index of `head_service` and `flag_id` holds for a service: DynamoDB leaves items out that lack an attribute of
    /// its key.
    pub fn index(&self, service: &str) -> Vec<&Value> {
        self.items.values().filter(|item| item["head_service"]["S"] == service).collect()
    }

    /// Puts items in between when the next transaction is about to be written.
    pub fn put_before_transaction(&mut self, items: Vec<Value>) {
        self.rival = Some(items);
    }

    /// The stream's records since it was read last, as Lambda hands them to a function.
    pub fn records(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.records)
    }

    pub(super) fn reply(&mut self, action: &str, body: &Value) -> Result<Value, Refusal> {
        match action {
            "GetItem" => Ok(match self.items.get(&key_of(&body["Key"])?) {
                Some(item) => json!({ "Item": item }),
                None => json!({}),
            }),
            "Query" => self.query(body),
            "UpdateItem" => {
                let key = key_of(&body["Key"])?;
                if !holds(body, self.items.get(&key))? {
                    return Err(Refusal::new(400, "ConditionalCheckFailedException", "The conditional request failed"));
                }
                let item = updated(body, self.items.get(&key))?;
                self.set(key, Some(item));
                Ok(json!({}))
            }
            "TransactWriteItems" => self.transact(body),
            other => Err(Refusal::new(400, "UnknownOperationException", format!("no action `{other}` here"))),
        }
    }

    fn query(&self, body: &Value) -> Result<Value, Refusal> {
        let wanted = "flag_id = :flag AND version BETWEEN :first AND :last";
        if body["KeyConditionExpression"] != wanted {
            return Err(invalid(&format!(
                "only `{wanted}` is understood here, not {}",
                body["KeyConditionExpression"]
            )));
        }
        let values = &body["ExpressionAttributeValues"];
        let flag = values[":flag"]["S"].as_str().ok_or_else(|| invalid(":flag is no text"))?;
        let (first, last) = (number(&values[":first"])?, number(&values[":last"])?);
        if first > last {
            return Err(invalid(
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound",
            ));
        }
        let mut found: Vec<(&Key, &Value)> =
            self.items.range((flag.to_owned(), first)..=(flag.to_owned(), last)).collect();
        if body["ScanIndexForward"] == false {
            found.reverse();
        }
        if let Some(start) = body.get("ExclusiveStartKey") {
            let start = key_of(start)?;
            let position = found.iter().position(|(key, _)| **key == start).map_or(0, |position| position + 1);
            found.drain(..position);
        }
        let limit = body["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let page: Vec<&Value> = found.iter().take(limit).map(|(_, item)| *item).collect();
        let mut answer = json!({ "Items": page, "Count": page.len(), "ScannedCount": page.len() });
        // A page that is full has a key to go on from, also if nothing follows.
        if let Some(last) = page.last().filter(|_| page.len() == limit) {
            answer["LastEvaluatedKey"] = json!({ "flag_id": last["flag_id"], "version": last["version"] });
        }
        Ok(answer)
    }

    fn transact(&mut self, body: &Value) -> Result<Value, Refusal> {
        for item in self.rival.take().unwrap_or_default() {
            self.put(item);
        }
        let mut writes = Vec::new();
        let mut keys = BTreeSet::new();
        let mut reasons = Vec::new();
        for write in body["TransactItems"].as_array().into_iter().flatten() {
            let (kind, write) =
                write.as_object().and_then(|write| write.iter().next()).ok_or_else(|| invalid("no write"))?;
            let key = key_of(if kind == "Put" { &write["Item"] } else { &write["Key"] })?;
            let before = self.items.get(&key);
            reasons.push(json!({ "Code": if holds(write, before)? { "None" } else { "ConditionalCheckFailed" } }));
            let item = match kind.as_str() {
                "Put" => write["Item"].clone(),
                "Update" => updated(write, before)?,
                other => return Err(invalid(&format!("no `{other}` in transactions here"))),
            };
            if !keys.insert(key.clone()) {
                return Err(invalid("Transaction request cannot include multiple operations on one item"));
            }
            writes.push((key, item));
        }
        if reasons.iter().any(|reason| reason["Code"] != "None") {
            let mut refusal = Refusal::new(400, "TransactionCanceledException", "Transaction cancelled");
            refusal.more.push(("CancellationReasons", Value::Array(reasons)));
            return Err(refusal);
        }
        for (key, item) in writes {
            self.set(key, Some(item));
        }
        Ok(json!({}))
    }

    /// Changes an item, and notes it in the stream, which is silent of a write that changes nothing.
    fn set(&mut self, key: Key, item: Option<Value>) {
        let before = match &item {
            Some(item) => self.items.insert(key.clone(), item.clone()),
            None => self.items.remove(&key),
        };
        if before == item {
            return;
        }
        self.written += 1;
        let event = match (&before, &item) {
            (None, _) => "INSERT",
            (_, Some(_)) => "MODIFY",
            (_, None) => "REMOVE",
        };
        let mut stream = json!({
            "Keys": { "flag_id": { "S": key.0 }, "version": { "N": key.1.to_string() } },
            "SequenceNumber": self.written.to_string(), "StreamViewType": "NEW_AND_OLD_IMAGES",
            "ApproximateCreationDateTime": 1_772_600_767,
        });
        for (name, image) in [("OldImage", before), ("NewImage", item)] {
            if let Some(image) = image {
                stream[name] = image;
            }
        }
        self.records.push(json!({ "eventName": event, "eventSource": "aws:dynamodb", "dynamodb": stream }));
    }
}

fn invalid(text: &str) -> Refusal {
    Refusal::new(400, "ValidationException", text)
}

fn key_of(item: &Value) -> Result<Key, Refusal> {
    let flag = item["flag_id"]["S"].as_str().filter(|flag| !flag.is_empty()).ok_or_else(|| invalid("no `flag_id`"))?;
    Ok((flag.to_owned(), number(&item["version"])?))
}

fn number(value: &Value) -> Result<u64, Refusal> {
    value["N"].as_str().and_then(|text| text.parse().ok()).ok_or_else(|| invalid("no whole number"))
}

/// Whether a write's condition holds for an item, be it that there is none.
fn holds(write: &Value, item: Option<&Value>) -> Result<bool, Refusal> {
    let Some(condition) = write["ConditionExpression"].as_str() else { return Ok(true) };
    let has = |name: &str| item.is_some_and(|item| item.get(name).is_some());
    let inside = |prefix: &str| condition.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(')'));
    if let Some(name) = inside("attribute_not_exists(") {
        return Ok(!has(&attribute(write, name)));
    }
    if let Some(name) = inside("attribute_exists(") {
        return Ok(has(&attribute(write, name)));
    }
    let (name, value) = condition.split_once(" = ").ok_or_else(|| invalid("no such condition here"))?;
    let value = operand(write, value)?;
    Ok(item.is_some_and(|item| item.get(attribute(write, name)) == Some(&value)))
}

/// An item after an update such as `SET #status = :status, other = :other`.
fn updated(write: &Value, before: Option<&Value>) -> Result<Value, Refusal> {
    let mut item = match before {
        Some(Value::Object(item)) => item.clone(),
        _ => write["Key"].as_object().cloned().unwrap_or_else(Map::new),
    };
    let update = write["UpdateExpression"].as_str().and_then(|text| text.strip_prefix("SET "));
    for part in update.ok_or_else(|| invalid("only `SET` is understood here"))?.split(", ") {
        let (name, value) = part.split_once(" = ").ok_or_else(|| invalid("only `a = :a` is understood here"))?;
        item.insert(attribute(write, name), operand(write, value)?);
    }
    Ok(Value::Object(item))
}

fn attribute(write: &Value, name: &str) -> String {
    write["ExpressionAttributeNames"][name].as_str().unwrap_or(name).to_owned()
}

fn operand(write: &Value, name: &str) -> Result<Value, Refusal> {
    let value = write["ExpressionAttributeValues"].get(name);
    value.cloned().ok_or_else(|| invalid(&format!("`{name}` is not defined")))
}
