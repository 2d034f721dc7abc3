//! Checksums that come with a body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The header that carries the checksum of an algorithm, with the checksum of some bytes; none for an algorithm that is
/// not known.
pub(super) fn compute(header: &str, bytes: &[u8]) -> Option<String> {
    let digest = match header {
        "x-amz-checksum-sha256" => Sha256::digest(bytes).to_vec(),
        "x-amz-checksum-crc32" => (crc(bytes, 0xEDB8_8320, 32) as u32).to_be_bytes().to_vec(),
        "x-amz-checksum-crc32c" => (crc(bytes, 0x82F6_3B78, 32) as u32).to_be_bytes().to_vec(),
        "x-amz-checksum-crc64nvme" => crc(bytes, 0x9A6C_9329_AC4B_C9B5, 64).to_be_bytes().to_vec(),
        _ => return None,
    };
    Some(STANDARD.encode(digest))
}

/// A reflected cyclic redundancy check, by table.
fn crc(bytes: &[u8], polynomial: u64, width: u32) -> u64 {
    let ones = u64::MAX >> (64 - width);
    let mut table = [0u64; 256];
    for (index, entry) in (0u64..).zip(table.iter_mut()) {
        let mut value = index;
        for _ in 0..8 {
            value = if value & 1 == 1 { value >> 1 ^ polynomial } else { value >> 1 };
        }
        *entry = value;
    }
    let state = bytes.iter().fold(ones, |state, byte| state >> 8 ^ table[((state ^ u64::from(*byte)) & 0xFF) as usize]);
    state ^ ones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_catalogue() {
        // The check values of the bytes "123456789" that every catalogue of these algorithms gives.
        assert_eq!(crc(b"123456789", 0xEDB8_8320, 32), 0xCBF4_3926);
        assert_eq!(crc(b"123456789", 0x82F6_3B78, 32), 0xE306_9283);
        assert_eq!(crc(b"123456789", 0x9A6C_9329_AC4B_C9B5, 64), 0xAE8B_1486_0A79_9888);
        assert_eq!(compute("x-amz-checksum-sha256", b"").unwrap(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(compute("x-amz-checksum-md5", b""), None);
    }
}
