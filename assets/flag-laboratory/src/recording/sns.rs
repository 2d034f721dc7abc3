//! [SNS](https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html), as far as the functions publish.

use serde_json::Value;

use super::{Call, Refusal};

/// The most bytes of a message, and of all messages of a call, with their attributes.
const MOST_BYTES: usize = 262_144;

/// Takes the messages of a call, and gives the answer.
pub(super) fn reply(call: &mut Call, refused: Option<&(String, bool)>) -> Result<String, Refusal> {
    let topic = field(&call.body, "TopicArn").to_owned();
    let invalid = |text: &str| Refusal::new(400, "InvalidParameter", text);
    match call.action.as_str() {
        "Publish" => {
            let message = field(&call.body, "Message").to_owned();
            let subject = field(&call.body, "Subject");
            if message.is_empty() || message.len() > MOST_BYTES || subject.len() > 100 || !subject.is_ascii() {
                return Err(invalid("Invalid parameter: Message or Subject"));
            }
            call.taken.push((topic, message));
            Ok("<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>".to_owned())
        }
        "PublishBatch" => {
            let entries: Vec<Entry> = (1..).map_while(|number| Entry::read(&call.body, number)).collect();
            let mut ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            let code = |code: &str| Refusal::new(400, code, "as the API's reference has it");
            match entries.len() {
                0 => return Err(code("EmptyBatchRequest")),
                count if count > 10 => return Err(code("TooManyEntriesInBatchRequest")),
                count if count != ids.len() => return Err(code("BatchEntryIdsNotDistinct")),
                _ => {}
            }
            if entries.iter().map(|entry| entry.bytes).sum::<usize>() > MOST_BYTES {
                return Err(code("BatchRequestTooLong"));
            }
            let (mut successful, mut failed) = (String::new(), String::new());
            for Entry { id, message, .. } in entries {
                match refused.filter(|(part, _)| message.contains(part)) {
                    Some((_, by_sender)) => {
                        let code = if *by_sender { "InvalidParameter" } else { "InternalError" };
                        failed += &format!(
                            "<member><Id>{id}</Id><Code>{code}</Code><Message>no</Message><SenderFault>{by_sender}</SenderFault></member>"
                        );
                    }
                    None => {
                        successful += &format!("<member><Id>{id}</Id><MessageId>m-{id}</MessageId></member>");
                        call.taken.push((topic.clone(), message));
                    }
                }
            }
            Ok(format!(
                "<PublishBatchResponse><PublishBatchResult><Failed>{failed}</Failed><Successful>{successful}</Successful></PublishBatchResult></PublishBatchResponse>"
            ))
        }
        other => Err(Refusal::new(400, "InvalidAction", format!("no action `{other}` here"))),
    }
}

/// An error as SNS says it.
pub(super) fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    )
}

struct Entry {
    id: String,
    message: String,
    bytes: usize,
}

impl Entry {
    fn read(body: &Value, number: usize) -> Option<Self> {
        let prefix = format!("PublishBatchRequestEntries.member.{number}.");
        let id = body.get(format!("{prefix}Id"))?.as_str()?.to_owned();
        let message = field(body, &format!("{prefix}Message")).to_owned();
        let attribute = format!("{prefix}MessageAttributes.entry.");
        let attributes = body.as_object()?.iter().filter(|(name, _)| name.starts_with(&attribute));
        let attributes: usize = attributes.filter_map(|(_, value)| value.as_str()).map(str::len).sum();
        Some(Self { id, bytes: message.len() + attributes, message })
    }
}

fn field<'b>(body: &'b Value, name: &str) -> &'b str {
    body[name].as_str().unwrap_or_default()
}
