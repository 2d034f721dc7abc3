//! `aws-chunked` bodies: the form in which the SDK sends what it computes a checksum of on the way.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};

use crate::protocol::ServiceError;

/// The bytes that were meant, and the trailers that came after them, in lower case.
pub(super) fn decode(body: &[u8]) -> Result<(Bytes, BTreeMap<String, String>), ServiceError> {
    let mut content = BytesMut::with_capacity(body.len());
    let mut rest = body;
    loop {
        let line = take_line(&mut rest)?;
        // A signature may follow the length: `400;chunk-signature=…`.
        let digits = line.split(';').next().unwrap_or_default();
        let length = usize::from_str_radix(digits, 16).map_err(|_| incomplete())?;
        if length == 0 {
            break;
        }
        if rest.len() < length {
            return Err(incomplete());
        }
        let (chunk, after) = rest.split_at(length);
        content.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n").ok_or_else(incomplete)?;
    }
    let mut trailers = BTreeMap::new();
    while !rest.is_empty() {
        let line = take_line(&mut rest)?;
        if let Some((name, value)) = line.split_once(':') {
            trailers.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    Ok((content.freeze(), trailers))
}

/// The text up to the end of the line, and no further.
fn take_line<'a>(rest: &mut &'a [u8]) -> Result<&'a str, ServiceError> {
    let at = rest.windows(2).position(|pair| pair == b"\r\n").ok_or_else(incomplete)?;
    let (line, after) = rest.split_at(at);
    *rest = &after[2..];
    std::str::from_utf8(line).map_err(|_| incomplete())
}

fn incomplete() -> ServiceError {
    ServiceError::new(
        400,
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_put_together() {
        for (body, content, trailer) in [
            ("5\r\nhello\r\n0\r\nx-amz-checksum-sha256:abc=\r\n\r\n", "hello", Some("abc=")),
            (
                "2;chunk-signature=aa\r\nhe\r\n3;chunk-signature=bb\r\nllo\r\n0;chunk-signature=cc\r\n\r\n",
                "hello",
                None,
            ),
            ("0\r\n\r\n", "", None),
        ] {
            let (decoded, trailers) = decode(body.as_bytes()).unwrap();
            assert_eq!(decoded, content.as_bytes());
            assert_eq!(trailers.get("x-amz-checksum-sha256").map(String::as_str), trailer);
        }
    }

    #[test]
    fn broken_bodies_are_refused() {
        for body in ["", "5\r\nhel", "zz\r\n", "5\r\nhelloX\r\n0\r\n\r\n"] {
            assert_eq!(decode(body.as_bytes()).unwrap_err().code, "IncompleteBody", "{body}");
        }
    }
}
