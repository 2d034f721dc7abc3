//! Short names for long texts.

/// FNV-1a: tells texts apart, and the same way in every build.
///
/// See [the FNV hash](https://datatracker.ietf.org/doc/html/draft-eastlake-fnv).
pub(crate) fn fingerprint(text: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}
