//! Whether a request is signed as AWS wants it, by
//! [Signature Version 4](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
//! Written out here, so that what signs is not judged by itself.

use axum::http::request::Parts;
use sha2::{Digest, Sha256};

pub(crate) const ACCESS_KEY_ID: &str = "AKIDLABORATORY";
pub(crate) const SECRET_ACCESS_KEY: &str = "laboratory";

/// The service and the region that a request is signed for.
///
/// # Errors
///
/// If it is not signed, or wrongly.
pub(super) fn verify(parts: &Parts, body: &[u8]) -> Result<(String, String), String> {
    let header = |name: &str| {
        let values: Vec<&str> = parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then(|| values.join(","))
    };
    let authorization = header("authorization").ok_or("the request is not signed")?;
    let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or("the signature is of another kind")?;
    let field = |name: &str| {
        let mut fields = fields.split(", ").filter_map(|field| field.split_once('='));
        let found = fields.find(|(of, _)| *of == name).map(|(_, value)| value.to_owned());
        found.ok_or_else(|| format!("the signature has no `{name}`"))
    };
    let (credential, signed, signature) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let [key_id, date, region, service, end] = credential.split('/').collect::<Vec<_>>()[..] else {
        return Err(format!("the credential is `{credential}`"));
    };
    if key_id != ACCESS_KEY_ID || end != "aws4_request" {
        return Err(format!("the credential is `{credential}`"));
    }
    for must in ["host", "x-amz-date", "x-amz-security-token"] {
        if !signed.split(';').any(|name| name == must) {
            return Err(format!("the header `{must}` is not signed"));
        }
    }
    let mut headers = String::new();
    for name in signed.split(';') {
        let value = header(name).ok_or_else(|| format!("the header `{name}` is signed and not sent"))?;
        headers += &format!("{name}:{}\n", value.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let digest = hex::encode(Sha256::digest(body));
    if header("x-amz-content-sha256").is_some_and(|said| said != digest) {
        return Err("the body is not what its digest says".to_owned());
    }
    let path = encode(parts.uri.path());
    let canonical =
        format!("{}\n{path}\n{}\n{headers}\n{signed}\n{digest}", parts.method, parts.uri.query().unwrap_or_default());
    let time = header("x-amz-date").ok_or("there is no time")?;
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(Sha256::digest(&canonical)));
    let mut key = hmac(format!("AWS4{SECRET_ACCESS_KEY}").as_bytes(), date.as_bytes());
    for part in [region, service, "aws4_request"] {
        key = hmac(&key, part.as_bytes());
    }
    let wanted = hex::encode(hmac(&key, text.as_bytes()));
    if wanted != signature {
        return Err(format!("the signature is {signature}, wanted {wanted} for `{canonical}`"));
    }
    Ok((service.to_owned(), region.to_owned()))
}

/// A path that is on the wire already, encoded once more, as all services but S3 want it.
fn encode(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// HMAC with SHA-256, by [RFC 2104](https://www.rfc-editor.org/rfc/rfc2104).
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second case of [RFC 4231](https://www.rfc-editor.org/rfc/rfc4231), and the sixth, whose key is long.
    #[test]
    fn hmac_is_the_published_one() {
        let check =
            |key: &[u8], text: &str, expected: &str| assert_eq!(hex::encode(hmac(key, text.as_bytes())), expected);
        let short = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        check(b"Jefe", "what do ya want for nothing?", short);
        let long = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
        check(&[0xaa; 131], "Test Using Larger Than Block-Size Key - Hash Key First", long);
    }
}
