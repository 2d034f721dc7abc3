//! SNS, EventBridge and DynamoDB, as the validator uses them.

use aws_sdk_sns::Client as Sns;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use flag_model::{Flag, FlagId, FlagMessage, Version};
use serde_json::{Value, json};

use super::{MAX_BATCH, Outside, PublishError};
use crate::aws;
use crate::aws::signed::{Sender, call};
use crate::invocation::now;
use crate::settings::{Shared, ValidatorSettings};
use crate::table::{Table, said};

/// The attribute of a message that says which service the flag belongs to. Its bytes count.
pub(super) const SERVICE_ATTRIBUTE: &str = "service";

/// The type of that attribute, which counts too.
pub(super) const TEXT_TYPE: &str = "String";

/// AWS.
#[derive(Debug)]
pub(crate) struct Aws {
    sns: Sns,
    table: Table,
    sender: Sender,
    flag_topic: String,
    alert_topic: String,
    event_source: Option<String>,
    shared: Shared,
}

impl Aws {
    pub(crate) fn new(settings: ValidatorSettings) -> Self {
        let shared = settings.shared;
        Self {
            sns: aws::sns(&shared),
            table: Table { client: aws::dynamodb(&shared), name: settings.table },
            sender: Sender::new(&shared),
            flag_topic: settings.flag_topic,
            alert_topic: settings.alert_topic,
            event_source: settings.event_source,
            shared,
        }
    }
}

impl Outside for Aws {
    async fn publish(&self, messages: &[FlagMessage]) -> Vec<Result<(), PublishError>> {
        let request = self.sns.publish_batch().topic_arn(&self.flag_topic);
        let entries = messages.iter().enumerate().map(|(index, message)| entry(index, message)).collect();
        let answer = match request.set_publish_batch_request_entries(Some(entries)).send().await {
            Ok(answer) => answer,
            Err(error) => return vec![Err(PublishError::Later(said(&error))); messages.len()],
        };
        let successful = answer.successful.unwrap_or_default();
        let failed = answer.failed.unwrap_or_default();
        let outcome = |index: usize| {
            let id = index.to_string();
            if successful.iter().any(|entry| entry.id.as_deref() == Some(&id)) {
                return Ok(());
            }
            let Some(error) = failed.iter().find(|entry| entry.id == id) else {
                return Err(PublishError::Later("the topic says nothing of the message".to_owned()));
            };
            let text = format!("{}: {}", error.code, error.message.as_deref().unwrap_or_default());
            Err(if error.sender_fault { PublishError::Never(text) } else { PublishError::Later(text) })
        };
        (0..messages.len()).map(outcome).collect()
    }

    async fn announce(&self, messages: &[FlagMessage]) -> Result<(), String> {
        let Some(source) = self.event_source.as_ref().filter(|_| !messages.is_empty()) else { return Ok(()) };
        debug_assert!(messages.len() <= MAX_BATCH, "EventBridge takes as many as SNS");
        let event = |message: &FlagMessage| {
            let published_at = now().seconds();
            let detail = json!({ "flagId": message.flag_id, "version": message.version, "publishedAt": published_at });
            json!({ "Source": source, "DetailType": "FlagPublished", "Detail": detail.to_string() })
        };
        let entries: Vec<Value> = messages.iter().map(event).collect();
        let endpoint = self.shared.endpoints.events.as_ref();
        let call_of = ("events", "AWSEvents.PutEvents");
        let answer = call(&self.sender, &self.shared, endpoint, call_of, &json!({ "Entries": entries })).await?;
        match answer["FailedEntryCount"].as_u64() {
            Some(0) => Ok(()),
            _ => Err(format!("not all events were taken: {answer}")),
        }
    }

    async fn newest_good_below(&self, flag: &FlagId, version: Version) -> Result<Option<Flag>, String> {
        let good = |item| Flag::from_item(&item).ok().filter(Flag::is_good);
        self.table.find_below(flag, version, good).await
    }

    async fn mark_rejected(&self, flag: &FlagId, version: Version, rules: &[String]) -> Result<(), String> {
        self.table.mark_rejected(flag, version, rules).await
    }

    async fn alert(&self, text: &str) -> Result<(), String> {
        let request = self.sns.publish().topic_arn(&self.alert_topic).subject("A change of a flag was rejected");
        request.message(text).send().await.map(drop).map_err(|error| said(&error))
    }
}

/// A message as it is published. Queues refuse two characters, which JSON can say in other words, see
/// [SendMessage](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
pub(super) fn text_of(message: &FlagMessage) -> String {
    message.to_json().replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
}

fn entry(index: usize, message: &FlagMessage) -> PublishBatchRequestEntry {
    let service = MessageAttributeValue::builder().data_type(TEXT_TYPE).string_value(message.service.as_str()).build();
    PublishBatchRequestEntry::builder()
        .id(index.to_string())
        .message(text_of(message))
        .message_attributes(SERVICE_ATTRIBUTE, service.expect("the type is given"))
        .build()
        .expect("id and message are given")
}
