//! Texts that people type.

use flag_model::{FlagValue, NumberError, Percentage, Targeting, Timestamp, exact_number};
use serde_json::{Value, json};

use crate::Deadline;
use crate::error::{InputError, beginning};

const MILLISECONDS_A_DAY: i64 = 86_400_000;

/// A value of any type, as JSON.
///
/// # Errors
///
/// If the text is not JSON, or has a number of more digits than readers keep.
pub fn parse_value(text: &str) -> Result<FlagValue, InputError> {
    parse_json(text).map(FlagValue::from)
}

/// Whom a flag is for, as JSON such as `{"rollout": {"percentage": 5}}`.
///
/// # Errors
///
/// If the text is not JSON, or of something else.
pub fn parse_targeting(text: &str) -> Result<Targeting, InputError> {
    let json = parse_json(text)?;
    serde_json::from_value(json)
        .map_err(|error| InputError::Malformed { what: "targeting", problem: error.to_string() })
}

/// A share of users, such as `12.5` or `12.5%`.
///
/// # Errors
///
/// If the text is no number from 0 to 100 in steps of 0.01.
pub fn parse_percentage(text: &str) -> Result<Percentage, InputError> {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    let percent = number.parse::<f64>().ok().and_then(|percent| serde_json::from_value(json!(percent)).ok());
    percent.ok_or_else(|| InputError::Percentage { got: beginning(text) })
}

/// When something is to be: a point in time as RFC 3339, a day (in UTC, when it begins), a number of days from now such as
/// `30d`, or `never`.
///
/// # Errors
///
/// If the text is none of these.
pub fn parse_deadline(text: &str, now: Timestamp) -> Result<Deadline, InputError> {
    if text == "never" {
        return Ok(Deadline::Never);
    }
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u16>().ok());
    let in_days =
        days.and_then(|days| Timestamp::from_milliseconds(now.milliseconds() + i64::from(days) * MILLISECONDS_A_DAY));
    let at = in_days.or_else(|| text.parse().ok()).or_else(|| format!("{text}T00:00:00Z").parse().ok());
    at.map(Deadline::At).ok_or_else(|| InputError::Time { got: beginning(text) })
}

/// JSON whose numbers are all such that readers see what was written.
pub(crate) fn parse_json(text: &str) -> Result<Value, InputError> {
    let json = serde_json::from_str(text)
        .map_err(|error| InputError::NotJson { got: beginning(text), problem: error.to_string() })?;
    numbers_are_exact(text)?;
    Ok(json)
}

/// Looks at every number of a text that is JSON. Once it is parsed, digits that were too many are gone.
fn numbers_are_exact(json: &str) -> Result<(), NumberError> {
    let mut rest = json;
    while let Some(start) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        rest = &rest[start..];
        if let Some(text) = rest.strip_prefix('"') {
            rest = after_text(text);
        } else {
            let of_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
            let end = rest.find(|c| !of_number(c)).unwrap_or(rest.len());
            exact_number(&rest[..end])?;
            rest = &rest[end..];
        }
    }
    Ok(())
}

/// What follows a text whose opening quote is gone.
fn after_text(text: &str) -> &str {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let got = parse_value(text).map(|value| format!("{} {}", value.value_type(), value.to_json()));
            match (got, expected) {
                (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{text}"),
                (Err(got), Err(expected)) => assert!(got.to_string().contains(expected), "{text}: {got}"),
                (got, expected) => panic!("{text}: {got:?}, wanted {expected:?}"),
            }
        };
        check("true", Ok("bool true"));
        check("\"true\"", Ok("string \"true\""));
        check("-12.50", Ok("number -12.5"));
        check("null", Ok("json null"));
        check(r#"{"a": [1, "\"9007199254740993"]}"#, Ok(r#"json {"a":[1,"\"9007199254740993"]}"#));
        check("blue", Err("`blue` is not JSON"));
        check("", Err("`` is not JSON"));
        check("true false", Err("is not JSON"));
        check("9007199254740993", Err("cannot be carried exactly"));
        check(r#"{"a": [1, {"b": 0.12345678901234567890}]}"#, Err("cannot be carried exactly"));
        check("1e400", Err("is not JSON"));
    }

    #[test]
    fn percentages() {
        let check = |text: &str, expected: Option<u16>| {
            assert_eq!(parse_percentage(text).ok().map(Percentage::basis_points), expected, "{text}");
        };
        check("0", Some(0));
        check("12.5", Some(1250));
        check("100%", Some(10_000));
        for text in ["", "%", "101", "-1", "0.001", "NaN", "half"] {
            check(text, None);
        }
    }

    #[test]
    fn deadlines() {
        let now: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        let check = |text: &str, expected: &str| {
            let got = match parse_deadline(text, now) {
                Ok(Deadline::At(at)) => at.to_string(),
                Ok(Deadline::Never) => "never".to_owned(),
                Err(error) => error.to_string(),
            };
            assert_eq!(got, expected, "{text}");
        };
        check("2026-06-01T10:00:00+02:00", "2026-06-01T08:00:00Z");
        check("2026-06-01", "2026-06-01T00:00:00Z");
        check("30d", "2026-04-03T05:06:07Z");
        check("never", "never");
        for text in ["", "d", "-1d", "soon", "2026-13-01", "1772600767"] {
            check(text, &format!("`{text}` is no point in time"));
        }
    }
}
