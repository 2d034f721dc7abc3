//! What AWS refuses, in the engine's words.
//!
//! The kind follows from the code that the service gives, then from the HTTP status, and for CloudFormation's
//! `ValidationError`, which stands for almost anything, from its text.

use std::error::Error;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use flagcdk_engine::ErrorKind;

/// Services refuse signatures that are off by 5 minutes (CloudFormation, STS) or 15 minutes (S3).
const TOLERATED_SKEW: Duration = Duration::from_secs(4 * 60);

/// More of a message than this helps nobody.
const LONGEST_MESSAGE: usize = 2000;

/// Why a request did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The service answered, and said no.
    Refused(Refusal),
    /// Nobody answered, or not completely.
    Unanswered(String),
    /// There are no credentials to sign with.
    Unsigned(String),
    /// The request could not be made.
    Unsent(String),
}

/// A service's no.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    /// Whether the answer had no contents, as that to a HEAD request.
    pub(crate) empty: bool,
    /// How far the service's clock is ahead of ours, in seconds, if it said the time.
    pub(crate) skew: Option<i64>,
}

impl Failure {
    pub(crate) fn of<E>(error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            SdkError::ServiceError(answered) => {
                let meta = answered.err().meta();
                let raw = answered.raw();
                Self::Refused(Refusal {
                    code: meta.code().map(str::to_owned),
                    message: meta.message().map(str::to_owned),
                    status: raw.status().as_u16(),
                    request_id: error.request_id().or_else(|| meta.request_id()).map(str::to_owned),
                    empty: raw.body().bytes().is_none_or(|body| body.is_empty()),
                    skew: raw.headers().get("date").and_then(|date| skew(date, SystemTime::now())),
                })
            }
            _ => {
                if let Some(cause) = about_credentials(error) {
                    return Self::Unsigned(words(cause));
                }
                let words = words(error);
                match error {
                    SdkError::ConstructionFailure(_) => Self::Unsent(words),
                    SdkError::DispatchFailure(failure) if failure.is_user() => Self::Unsent(words),
                    _ => Self::Unanswered(words),
                }
            }
        }
    }

    /// What the engine can do about it.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => refusal.kind(),
            Self::Unanswered(_) => ErrorKind::Unreachable,
            Self::Unsigned(_) => ErrorKind::Credentials,
            Self::Unsent(_) => ErrorKind::Other,
        }
    }

    /// Whether new credentials may help.
    pub(crate) fn has_expired(&self) -> bool {
        let Self::Refused(refusal) = self else { return false };
        match refusal.code() {
            "ExpiredToken" | "RequestExpired" | "TokenRefreshRequired" => refusal.clock().is_none(),
            // S3 has no way to say why it refuses a HEAD request, and this is what it says of expired credentials.
            "" => refusal.status == 400 && refusal.empty,
            _ => false,
        }
    }

    /// Whether this is what STS says in a region that the account has not enabled, where no credentials are known.
    pub(crate) fn is_of_disabled_region(&self) -> bool {
        let Self::Refused(refusal) = self else { return false };
        let unknown_there = ["InvalidClientTokenId", "UnrecognizedClient", "OptInRequired", "RegionDisabled"];
        unknown_there.contains(&refusal.code())
    }

    /// The service's own words, with its code and its request id.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.words(),
            Self::Unanswered(words) => format!("no answer: {words}"),
            Self::Unsigned(words) => format!("no credentials: {words}"),
            Self::Unsent(words) => words.clone(),
        }
    }
}

impl Refusal {
    /// The code without the ending that only some services give it.
    fn code(&self) -> &str {
        let code = self.code.as_deref().unwrap_or_default();
        code.strip_suffix("Exception").unwrap_or(code)
    }

    fn kind(&self) -> ErrorKind {
        let text = self.message.as_deref().unwrap_or_default();
        match self.code() {
            "SignatureDoesNotMatch" | "InvalidSignature" | "RequestExpired" | "AuthFailure"
                if self.clock().is_some() =>
            {
                ErrorKind::ClockSkew
            }
            "SignatureDoesNotMatch" | "InvalidSignature"
                if text.contains("Signature expired") || text.contains("not yet current") =>
            {
                ErrorKind::ClockSkew
            }
            "RequestTimeTooSkewed" => ErrorKind::ClockSkew,
            "ExpiredToken"
            | "RequestExpired"
            | "TokenRefreshRequired"
            | "InvalidClientTokenId"
            | "InvalidToken"
            | "UnrecognizedClient"
            | "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "InvalidSignature"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "AuthFailure" => ErrorKind::Credentials,
            "AccessDenied"
            | "UnauthorizedOperation"
            | "NotAuthorized"
            | "AllAccessDisabled"
            | "AccountProblem"
            | "OptInRequired"
            | "RegionDisabled" => ErrorKind::AccessDenied,
            "LimitExceeded" | "ServiceQuotaExceeded" | "QuotaExceeded" | "AccountLimitExceeded" => ErrorKind::Quota,
            "Throttling"
            | "Throttled"
            | "RequestThrottled"
            | "TooManyRequests"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "SlowDown"
            | "PriorRequestNotComplete"
            | "EC2Throttled"
            | "ProvisionedThroughputExceeded"
            | "ServiceUnavailable" => ErrorKind::Throttled,
            "InternalError" | "InternalFailure" | "InternalServerError" | "RequestTimeout" => ErrorKind::Unreachable,
            "AlreadyExists"
            | "NameAlreadyExists"
            | "OperationIdAlreadyExists"
            | "TokenAlreadyExists"
            | "PreconditionFailed"
            | "ConditionalRequestConflict" => ErrorKind::AlreadyExists,
            "OperationInProgress" => ErrorKind::OperationInProgress,
            "StaleRequest" | "CreatedButModified" => ErrorKind::Stale,
            "StackSetNotEmpty" => ErrorKind::NotEmpty,
            "StackSetNotFound"
            | "StackNotFound"
            | "StackInstanceNotFound"
            | "OperationNotFound"
            | "ResourceNotFound"
            | "NoSuchBucket"
            | "NoSuchKey"
            | "NotFound" => ErrorKind::NotFound,
            "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => {
                ErrorKind::ChecksumMismatch
            }
            "ValidationError" | "Validation" => validation(text),
            _ => self.kind_by_status(),
        }
    }

    fn kind_by_status(&self) -> ErrorKind {
        match self.status {
            400 if self.code.is_none() && self.empty => ErrorKind::Credentials,
            401 | 403 => ErrorKind::AccessDenied,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Other,
            412 => ErrorKind::AlreadyExists,
            429 | 503 => ErrorKind::Throttled,
            300..=499 => ErrorKind::Rejected,
            500..=599 => ErrorKind::Unreachable,
            _ => ErrorKind::Other,
        }
    }

    /// The skew in seconds, if it is large enough to be the reason.
    fn clock(&self) -> Option<i64> {
        self.skew.filter(|skew| skew.unsigned_abs() > TOLERATED_SKEW.as_secs())
    }

    fn words(&self) -> String {
        let mut words = match (&self.message, self.code()) {
            // The text quotes the whole header.
            (Some(_), "IncompleteSignature") => "the request's signature is incomplete".to_owned(),
            (Some(message), _) => without_secrets(message),
            (None, "") if self.status == 400 && self.empty => {
                "S3 gives no reason, as of a HEAD request whose credentials have expired".to_owned()
            }
            (None, _) => "the service gives no reason".to_owned(),
        };
        if let Some(skew) = self.clock().filter(|_| self.kind() == ErrorKind::ClockSkew) {
            let direction = if skew > 0 { "behind" } else { "ahead of" };
            let minutes = skew.unsigned_abs() / 60;
            words = format!("{words}; the clock of this machine is {minutes} minutes {direction} the service's");
        }
        let mut origin = vec![self.code.clone().unwrap_or_else(|| format!("HTTP {}", self.status))];
        origin.extend(self.request_id.as_ref().map(|id| format!("request id {id}")));
        format!("{words} ({})", origin.join(", "))
    }
}

/// CloudFormation's one code for whatever is wrong with a request, told apart by its text.
fn validation(text: &str) -> ErrorKind {
    if text.contains("No updates are to be performed") {
        ErrorKind::NothingToUpdate
    } else if text.starts_with("Stack") && text.trim_end_matches('.').ends_with("does not exist") {
        ErrorKind::NotFound
    } else if text.contains("_IN_PROGRESS state") {
        ErrorKind::OperationInProgress
    } else {
        ErrorKind::Rejected
    }
}

/// A service's text without what it may quote of the request. Refusing a signature, services show the string that
/// should have been signed, with the session's token in it.
fn without_secrets(message: &str) -> String {
    let lowered = message.to_ascii_lowercase();
    let end = ["the canonical string", "x-amz-security-token", "aws4-hmac-sha256"]
        .iter()
        .filter_map(|start| lowered.find(start))
        .min()
        .unwrap_or(message.len());
    let kept: String = message[..end].chars().take(LONGEST_MESSAGE).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What an error and everything behind it say, without repetitions. The outermost words of the SDK only say that there
/// is an error, so they are left out where there is more.
pub(crate) fn words(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in causes(error).skip(usize::from(error.source().is_some())) {
        let text = without_secrets(&cause.to_string());
        if !text.is_empty() && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

fn about_credentials<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    causes(error).find(|cause| cause.is::<CredentialsError>())
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause| {
        let cause: &'a (dyn Error + 'static) = *cause;
        cause.source()
    })
}

/// How far a `Date` header is ahead of the time, in seconds.
fn skew(date: &str, now: SystemTime) -> Option<i64> {
    let theirs = DateTime::from_str(date, DateTimeFormat::HttpDate).ok()?.secs();
    let ours = now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    Some(theirs - i64::try_from(ours).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, status: u16, message: &str) -> Refusal {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Refusal { code: given(code), message: given(message), status, ..Refusal::default() }
    }

    #[test]
    fn kinds() {
        use ErrorKind::*;
        let in_progress =
            "Stack:arn:aws:cloudformation:eu-west-1:1:stack/a/b is in UPDATE_IN_PROGRESS state and can not be updated.";
        for (code, status, message, expected) in [
            ("ValidationError", 400, "Stack with id flags does not exist", NotFound),
            ("ValidationError", 400, "Stack [flags] does not exist", NotFound),
            ("ValidationError", 400, "No updates are to be performed.", NothingToUpdate),
            ("ValidationError", 400, in_progress, OperationInProgress),
            ("ValidationError", 400, "Template format error: unsupported structure.", Rejected),
            ("ValidationError", 400, "S3 error: The specified key does not exist.", Rejected),
            ("ValidationException", 400, "1 validation error detected", Rejected),
            ("AlreadyExistsException", 400, "Stack [flags] already exists", AlreadyExists),
            ("NameAlreadyExistsException", 409, "", AlreadyExists),
            ("OperationIdAlreadyExistsException", 409, "", AlreadyExists),
            ("TokenAlreadyExistsException", 400, "", AlreadyExists),
            ("PreconditionFailed", 412, "", AlreadyExists),
            ("", 412, "", AlreadyExists),
            ("CreatedButModifiedException", 409, "", Stale),
            ("StaleRequestException", 409, "", Stale),
            ("OperationInProgressException", 409, "", OperationInProgress),
            ("StackSetNotEmptyException", 409, "", NotEmpty),
            ("StackSetNotFoundException", 404, "", NotFound),
            ("OperationNotFoundException", 404, "", NotFound),
            ("StackInstanceNotFoundException", 404, "", NotFound),
            ("ResourceNotFoundException", 400, "", NotFound),
            ("NoSuchBucket", 404, "", NotFound),
            ("", 404, "", NotFound),
            ("LimitExceededException", 400, "", Quota),
            ("LimitExceeded", 400, "", Quota),
            ("Throttling", 400, "Rate exceeded", Throttled),
            ("ThrottlingException", 400, "Rate exceeded", Throttled),
            ("SlowDown", 503, "", Throttled),
            ("", 503, "", Throttled),
            ("ServiceUnavailable", 503, "", Throttled),
            ("", 500, "", Unreachable),
            ("InternalFailure", 500, "", Unreachable),
            ("", 504, "", Unreachable),
            ("AccessDenied", 403, "", AccessDenied),
            ("AccessDeniedException", 400, "", AccessDenied),
            ("", 403, "", AccessDenied),
            ("OptInRequired", 403, "", AccessDenied),
            ("InvalidClientTokenId", 403, "", Credentials),
            ("UnrecognizedClientException", 400, "", Credentials),
            ("ExpiredToken", 403, "", Credentials),
            ("ExpiredTokenException", 400, "", Credentials),
            ("RequestExpired", 400, "", Credentials),
            ("InvalidAccessKeyId", 403, "", Credentials),
            ("SignatureDoesNotMatch", 403, "The request signature we calculated does not match", Credentials),
            ("SignatureDoesNotMatch", 403, "Signature expired: 20260101T000000Z is now earlier than", ClockSkew),
            ("SignatureDoesNotMatch", 403, "Signature not yet current: 20260101T000000Z", ClockSkew),
            ("RequestTimeTooSkewed", 403, "", ClockSkew),
            ("BadDigest", 400, "", ChecksumMismatch),
            ("XAmzContentChecksumMismatch", 400, "", ChecksumMismatch),
            ("InsufficientCapabilitiesException", 400, "Requires capabilities : [CAPABILITY_IAM]", Rejected),
            ("InvalidOperationException", 400, "", Rejected),
            ("PermanentRedirect", 301, "", Rejected),
            ("", 400, "<html>", Rejected),
            ("SomethingNew", 409, "", Other),
            ("SomethingNew", 200, "", Other),
        ] {
            assert_eq!(refusal(code, status, message).kind(), expected, "{code} {status} {message}");
        }
    }

    #[test]
    fn what_new_credentials_may_help() {
        let head = Refusal { empty: true, ..refusal("", 400, "") };
        let late = Refusal { skew: Some(-1200), ..refusal("RequestExpired", 400, "") };
        for (refusal, expected) in [
            (refusal("ExpiredToken", 403, ""), true),
            (refusal("ExpiredTokenException", 400, ""), true),
            (refusal("RequestExpired", 400, ""), true),
            (head, true),
            (late, false),
            (refusal("", 400, ""), false),
            (refusal("InvalidClientTokenId", 403, ""), false),
            (refusal("AccessDenied", 403, ""), false),
        ] {
            assert_eq!(Failure::Refused(refusal.clone()).has_expired(), expected, "{refusal:?}");
        }
        assert!(!Failure::Unanswered(String::new()).has_expired());
    }

    #[test]
    fn words_carry_code_and_request_id_and_nothing_secret() {
        let quoted = "The request signature we calculated does not match the signature you provided.\n\n\
                      The Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:SECRET\n'";
        let header = "'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE' has no SignedHeaders";
        let with_id =
            Refusal { request_id: Some("7a62".into()), ..refusal("AccessDenied", 403, "User is not authorized") };
        let skewed = Refusal { skew: Some(1234), ..refusal("RequestTimeTooSkewed", 403, "too large") };
        let head = Refusal { empty: true, ..refusal("", 400, "") };
        for (refusal, expected) in [
            (with_id, "User is not authorized (AccessDenied, request id 7a62)"),
            (refusal("", 503, ""), "the service gives no reason (HTTP 503)"),
            (
                refusal("SignatureDoesNotMatch", 403, quoted),
                "The request signature we calculated does not match the signature you provided. (SignatureDoesNotMatch)",
            ),
            (
                refusal("IncompleteSignature", 400, header),
                "the request's signature is incomplete (IncompleteSignature)",
            ),
            (skewed, "too large; the clock of this machine is 20 minutes behind the service's (RequestTimeTooSkewed)"),
            (head, "S3 gives no reason, as of a HEAD request whose credentials have expired (HTTP 400)"),
        ] {
            assert_eq!(refusal.words(), expected);
        }
    }

    #[test]
    fn skew_by_the_date_header() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        for (date, expected) in [
            ("Thu, 01 Jan 2026 00:20:00 GMT", Some(1200)),
            ("Wed, 31 Dec 2025 23:40:00 GMT", Some(-1200)),
            ("yesterday", None),
        ] {
            assert_eq!(skew(date, now), expected, "{date}");
        }
    }
}
