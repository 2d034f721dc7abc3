//! Numbers of DynamoDB as numbers of JSON, or not at all.

use serde_json::Number;
use thiserror::Error;

/// The largest whole number up to which every whole number is exact in a 64-bit float.
const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

/// Why a decimal is not taken as a number.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NumberError {
    /// The text is no decimal.
    #[error("`{got}` is not a number")]
    Malformed {
        /// The beginning of the text.
        got: String,
    },
    /// No 64-bit float has this value, so that readers would see another one.
    #[error("`{got}` cannot be carried exactly, wanted at most 15 digits")]
    Inexact {
        /// The beginning of the text.
        got: String,
    },
}

/// Turns a decimal, as DynamoDB gives numbers, into a number of JSON that has exactly its value.
///
/// # Errors
///
/// If the text is no decimal, or has more digits than a 64-bit float holds. DynamoDB's numbers have up to 38 digits; a flag
/// whose value changed a little on the way would be worse than none.
pub fn exact_number(text: &str) -> Result<Number, NumberError> {
    let got = || text.chars().take(60).collect::<String>();
    let decimal = Decimal::parse(text).ok_or_else(|| NumberError::Malformed { got: got() })?;
    if let Some(integer) = decimal.safe_integer() {
        return Ok(integer.into());
    }
    let float: f64 = text.parse().map_err(|_| NumberError::Malformed { got: got() })?;
    // The shortest text that gives this float again must be the text that was given. Halfway between two texts of one length
    // there are two shortest, and the standard library and JSON's writer choose differently.
    let is_given = |text: &str| Decimal::parse(text).as_ref() == Some(&decimal);
    match Number::from_f64(float) {
        Some(number) if is_given(&format!("{float:e}")) || is_given(&number.to_string()) => Ok(number),
        _ => Err(NumberError::Inexact { got: got() }),
    }
}

/// A decimal in the only form that it has: no zeros at either end of the digits.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    /// The power of ten by which the digits, as a whole number, are multiplied.
    exponent: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: String = [whole, fraction].concat();
        if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) || all.len() > 1000 {
            return None;
        }
        let mut exponent = i64::from(exponent) - i64::try_from(fraction.len()).ok()?;
        let digits = all.trim_start_matches('0');
        let trimmed = digits.trim_end_matches('0');
        if trimmed.is_empty() {
            return Some(Self { negative: false, digits: "0".to_owned(), exponent: 0 });
        }
        exponent += i64::try_from(digits.len() - trimmed.len()).ok()?;
        Some(Self { negative, digits: trimmed.to_owned(), exponent })
    }

    fn safe_integer(&self) -> Option<i64> {
        let zeros = usize::try_from(self.exponent).ok().filter(|zeros| *zeros <= 16)?;
        let magnitude: i64 = format!("{}{}", self.digits, "0".repeat(zeros)).parse().ok()?;
        (magnitude <= MAX_SAFE_INTEGER).then_some(if self.negative { -magnitude } else { magnitude })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let check = |text: &str, expected: &str| {
            let got = exact_number(text).map_or_else(|error| error.to_string(), |number| number.to_string());
            assert_eq!(got, expected, "{text:?}");
        };
        check("0", "0");
        check("-0", "0");
        check("42", "42");
        check("-42.00", "-42");
        check("4.2E1", "42");
        check("0.1", "0.1");
        check("00.50", "0.5");
        check("1E+38", "1e+38");
        check("100000000000000000000000000000000000000", "1e+38");
        check("9007199254740991", "9007199254740991");
        check("9007199254740992", "9007199254740992.0");
        check("9007199254740993", "`9007199254740993` cannot be carried exactly, wanted at most 15 digits");
        check("0.12345678901234567890", "`0.12345678901234567890` cannot be carried exactly, wanted at most 15 digits");
        check("1e400", "`1e400` cannot be carried exactly, wanted at most 15 digits");
        check("1e-400", "`1e-400` cannot be carried exactly, wanted at most 15 digits");
        for text in ["", "-", ".", "NaN", "Infinity", "0x10", "1_000", "1e", "1e99999999999", "--1", " 1"] {
            assert!(matches!(exact_number(text), Err(NumberError::Malformed { .. })), "{text:?}");
        }
    }
}
