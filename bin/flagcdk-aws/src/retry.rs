//! What is sent again, where the SDK's own opinion is not ours.
//!
//! The SDK repeats throttled requests, answers of 500, 502, 503 and 504, interrupted connections, timeouts, and requests
//! that were signed by a wrong clock (after setting it right). Credentials that have expired are the business of
//! [`crate::requests`].

use aws_sdk_s3::config::interceptors::InterceptorContext;
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};

/// Overrules the SDK on two codes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict;

impl ClassifyRetry for Verdict {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        if context.output_or_error().is_none_or(|result| result.is_ok()) {
            return RetryAction::NoActionIndicated;
        }
        // The error's type is the operation's, so its code is read from the answer instead, which is in memory by now.
        let body = context.response().and_then(|response| response.body().bytes());
        body.map_or(RetryAction::NoActionIndicated, verdict)
    }

    fn name(&self) -> &'static str {
        "flagcdk"
    }
}

fn verdict(body: &[u8]) -> RetryAction {
    match String::from_utf8_lossy(body).split_once("<Code>").map(|(_, code)| code) {
        // The SDK takes a quota that is used up for throttling, and would ask again and again.
        Some(code) if code.starts_with("LimitExceeded") => RetryAction::RetryForbidden,
        // Somebody else writes the same object at the same moment. S3 says to try again.
        Some(code) if code.starts_with("ConditionalRequestConflict") => RetryAction::transient_error(),
        _ => RetryAction::NoActionIndicated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_codes_are_overruled() {
        for (body, expected) in [
            ("<ErrorResponse><Error><Code>LimitExceededException</Code>", RetryAction::RetryForbidden),
            ("<Error><Code>ConditionalRequestConflict</Code>", RetryAction::transient_error()),
            ("<ErrorResponse><Error><Code>Throttling</Code>", RetryAction::NoActionIndicated),
            ("<html>LimitExceeded</html>", RetryAction::NoActionIndicated),
            ("", RetryAction::NoActionIndicated),
        ] {
            assert_eq!(verdict(body.as_bytes()), expected, "{body}");
        }
        assert_eq!(verdict(&[0xff, 0xfe]), RetryAction::NoActionIndicated);
    }
}
