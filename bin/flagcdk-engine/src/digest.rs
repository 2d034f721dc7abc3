//! Names made of contents: digests of bytes, and the ids by which a repeated request is the same request.

use sha2::{Digest, Sha256};

use crate::OperationId;

/// The SHA-256 of the bytes, as 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A token of what a request says: the same parts give the same token, in this run and in the next.
///
/// It fits the pattern of CloudFormation's tokens and operation ids: letters, digits and hyphens, 128 at most.
pub(crate) fn token(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // The length keeps `["ab", "c"]` and `["a", "bc"]` apart.
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    format!("flagcdk-{}", &hex::encode(hasher.finalize())[..40])
}

/// The id of an operation: what it does, and the how manyth attempt it is.
pub(crate) fn operation_id(parts: &[&str], attempt: u32) -> OperationId {
    OperationId(token(&[parts, &[&attempt.to_string()]].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_fit_and_differ() {
        let one = token(&["ab", "c"]);
        assert_ne!(one, token(&["a", "bc"]));
        assert_eq!(one, token(&["ab", "c"]));
        assert!(one.len() <= 128 && one.starts_with(|c: char| c.is_ascii_alphabetic()));
        assert_ne!(operation_id(&["x"], 0), operation_id(&["x"], 1));
    }
}
