//! DynamoDB and OpenSearch, as the rollback uses them.

use aws_sdk_dynamodb::types::{AttributeValue as SdkValue, Put, TransactWriteItem, Update};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use flag_model::{AuditRecord, FlagId, Item, ItemKey, STATUS, Version};

use super::Outside;
use super::plan::{Writes, is_good};
use crate::aws;
use crate::aws::signed::{Request, Sender, shorten};
use crate::settings::RollbackSettings;
use crate::table::{Table, said, to_sdk};

/// AWS.
#[derive(Debug)]
pub(crate) struct Aws {
    table: Table,
    sender: Sender,
    audit_url: String,
    audit_index: String,
}

impl Aws {
    pub(crate) fn new(settings: RollbackSettings) -> Self {
        let table = Table { client: aws::dynamodb(&settings.shared), name: settings.table };
        let sender = Sender::new(&settings.shared);
        Self { table, sender, audit_url: settings.audit_url, audit_index: settings.audit_index }
    }

    fn put(&self, item: &Item) -> Put {
        let put = Put::builder().table_name(&self.table.name).set_item(Some(to_sdk(item)));
        put.condition_expression("attribute_not_exists(flag_id)").build().expect("table and item are given")
    }

    fn head(&self, writes: &Writes) -> Put {
        let put = Put::builder().table_name(&self.table.name).set_item(Some(to_sdk(&writes.head)));
        let put = put.condition_expression("current_version = :seen");
        let put = put.expression_attribute_values(":seen", SdkValue::N(writes.seen.to_string()));
        put.build().expect("table and item are given")
    }

    fn mark(&self, bad: &ItemKey, execution: &str) -> Update {
        Update::builder()
            .table_name(&self.table.name)
            .set_key(Some(to_sdk(&bad.to_item())))
            .update_expression("SET #status = :status, rolled_back_by = :execution")
            .condition_expression("attribute_exists(flag_id)")
            .expression_attribute_names("#status", STATUS)
            .expression_attribute_values(":status", SdkValue::S("rolled_back".to_owned()))
            .expression_attribute_values(":execution", SdkValue::S(execution.to_owned()))
            .build()
            .expect("table, key and expression are given")
    }
}

impl Outside for Aws {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, String> {
        self.table.get(key).await
    }

    async fn newest_good_below(&self, flag: &FlagId, version: Version) -> Result<Option<Item>, String> {
        self.table.find_below(flag, version, |item| is_good(&item).then_some(item)).await
    }

    async fn write(&self, writes: &Writes) -> Result<bool, String> {
        let mut items = vec![
            TransactWriteItem::builder().put(self.put(&writes.version)).build(),
            TransactWriteItem::builder().put(self.head(writes)).build(),
            TransactWriteItem::builder().put(self.put(&writes.audit.to_item())).build(),
        ];
        if let Some(bad) = &writes.bad {
            items.push(TransactWriteItem::builder().update(self.mark(bad, &writes.audit.execution_id)).build());
        }
        match self.table.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(true),
            // The conditions no longer hold, or another transaction is at the same items.
            Err(error) if error.code() == Some("TransactionCanceledException") => {
                let reasons = error.as_service_error().and_then(|error| match error {
                    aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
                        canceled,
                    ) => canceled.cancellation_reasons.clone(),
                    _ => None,
                });
                let codes: Vec<String> =
                    reasons.unwrap_or_default().into_iter().filter_map(|reason| reason.code).collect();
                let is_race =
                    |code: &String| ["None", "ConditionalCheckFailed", "TransactionConflict"].contains(&code.as_str());
                if codes.iter().all(is_race) { Ok(false) } else { Err(said(&error)) }
            }
            Err(error) => Err(said(&error)),
        }
    }

    async fn send_audit(&self, record: &AuditRecord) -> Result<(), String> {
        let body = serde_json::to_string(record).map_err(|error| error.to_string())?;
        let id = document_id(&record.execution_id);
        let url = format!("{}/{}/_create/{id}", self.audit_url, self.audit_index);
        let headers = [("content-type", "application/json")];
        let request = Request { method: "PUT", url, service: "es", headers: &headers, body };
        let answer = self.sender.send(&request).await.map_err(|error| error.to_string())?;
        match answer.status {
            // 409 says that there is a document of this id, which is this one.
            200 | 201 | 409 => Ok(()),
            status => Err(format!("the audit domain answered {status}: {}", shorten(&answer.body))),
        }
    }
}

/// An execution's id as the id of a document: OpenSearch takes up to 512 bytes, and colons would have to be escaped in a
/// path, differently for the signature and for the wire.
fn document_id(execution: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '.' };
    let id: String = execution.chars().map(safe).collect();
    // The end of an execution's ARN is what tells it from others.
    id.get(id.len().saturating_sub(512)..).unwrap_or(&id).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_documents() {
        let check = |execution: &str, expected: &str| assert_eq!(document_id(execution), expected);
        check("arn:aws:states:eu-west-1:1:execution:r:0a-1", "arn.aws.states.eu-west-1.1.execution.r.0a-1");
        check("a/b c?é", "a.b.c..");
        assert_eq!(document_id(&"x".repeat(600)).len(), 512);
    }
}
