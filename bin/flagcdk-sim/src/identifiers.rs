//! Ids that look random and are not: they are drawn from what they stand for.

use sha2::{Digest, Sha256};

/// The bytes that a name stands for.
fn digest(seed: &str) -> [u8; 32] {
    Sha256::digest(seed.as_bytes()).into()
}

/// A UUID in its usual form, always the same for the same seed.
pub(crate) fn uuid(seed: &str) -> String {
    let hex = hex::encode(&digest(seed)[..16]);
    // The version and variant digits are those of a random UUID, which some parsers insist on.
    format!("{}-{}-4{}-a{}-{}", &hex[0..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// Lower-case hexadecimal digits, as in `vpc-0a1b2c…`; at most 64.
pub(crate) fn hex_digits(seed: &str, length: usize) -> String {
    hex::encode(digest(seed))[..length.min(64)].to_owned()
}

/// Upper-case letters and digits, as CloudFormation appends them to generated names; at most 32.
pub(crate) fn capitals(seed: &str, length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    digest(seed).iter().take(length).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// Letters of both cases and digits, as in generated names of newer types; at most 32.
pub(crate) fn letters(seed: &str, length: usize) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    digest(seed).iter().take(length).map(|byte| char::from(ALPHABET[usize::from(byte % 62)])).collect()
}

/// The SHA-256 of some bytes, in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
