//! `validator`: from the table's stream to the topic of all services.
//!
//! A record that is not a sound change is not published: it is told to the topic for alerts, and the batch goes on. When a
//! topic refuses, the batch ends there, and Lambda sends the rest again from that record on.

use lambda_runtime::Error;
use serde_json::{Value, json};

use crate::log;
use crate::message::Change;
use crate::settings::Settings;

pub(crate) struct Validator {
    sns: aws_sdk_sns::Client,
    flag_topic: String,
    alert_topic: String,
}

impl Validator {
    pub(crate) async fn new(settings: Settings) -> Result<Self, Error> {
        let (flag_topic, alert_topic) = (settings.text("FLAG_TOPIC_ARN"), settings.text("ALERT_TOPIC_ARN"));
        settings.check()?;
        let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
        Ok(Self { sns: aws_sdk_sns::Client::new(&config), flag_topic, alert_topic })
    }

    pub(crate) async fn handle(&self, event: Value) -> Result<Value, Error> {
        for record in event["Records"].as_array().into_iter().flatten() {
            let (topic, message) = match Change::from_record(record) {
                Ok(None) => continue,
                Ok(Some(change)) => {
                    log("flag_published", json!({ "flag_id": change.flag_id, "version": change.version }));
                    (&self.flag_topic, change.to_message())
                }
                Err(error) => {
                    let keys = &record["dynamodb"]["Keys"];
                    log("flag_rejected", json!({ "keys": keys, "error": error.to_string() }));
                    (&self.alert_topic, json!({ "rejected": keys, "error": error.to_string() }).to_string())
                }
            };
            if let Err(error) = self.sns.publish().topic_arn(topic).message(message).send().await {
                let number = &record["dynamodb"]["SequenceNumber"];
                log("publish_failed", json!({ "sequence_number": number, "error": format!("{error:?}") }));
                return Ok(json!({ "batchItemFailures": [{ "itemIdentifier": number }] }));
            }
        }
        Ok(json!({ "batchItemFailures": [] }))
    }
}
