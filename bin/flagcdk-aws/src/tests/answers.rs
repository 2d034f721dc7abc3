//! Answers as the services word them.

use super::server::Answer;

pub(super) fn refused(status: u16, code: &str, message: &str) -> Answer {
    let id = vec![("x-amzn-requestid", "7a62c49f".to_owned()), ("content-type", "text/xml".to_owned())];
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>7a62c49f</RequestId></ErrorResponse>"
    );
    Answer::Reply(status, id, body)
}

pub(super) fn refused_by_s3(status: u16, code: &str) -> Answer {
    Answer::Reply(status, Vec::new(), format!("<Error><Code>{code}</Code><Message>No.</Message></Error>"))
}

pub(super) fn throttled() -> Answer {
    refused(400, "Throttling", "Rate exceeded")
}

pub(super) fn result(action: &str, contents: &str) -> Answer {
    Answer::ok(format!("<{action}Response><{action}Result>{contents}</{action}Result></{action}Response>"))
}

pub(super) fn identity(account: &str) -> Answer {
    let arn = format!("arn:aws:iam::{account}:user/dev");
    result("GetCallerIdentity", &format!("<Account>{account}</Account><Arn>{arn}</Arn><UserId>u</UserId>"))
}

pub(super) fn instance(region: &str, status: &str) -> String {
    format!(
        "<member><Account>111122223333</Account><Region>{region}</Region><Status>{status}</Status>\
         <StackInstanceStatus><DetailedStatus>SUCCEEDED</DetailedStatus></StackInstanceStatus></member>"
    )
}
