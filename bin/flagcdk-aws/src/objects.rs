//! Objects in S3. Every request names the account that must own the bucket, since anybody may own a bucket of any name.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ChecksumType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flagcdk_assembly::Region;
use flagcdk_engine::{CloudError, ErrorKind, ObjectRequest};

use crate::connection::AwsCloud;
use crate::requests::Call;

/// Where S3 says, refusing a request, which region a bucket is in.
const BUCKET_REGION: &str = "x-amz-bucket-region";

impl AwsCloud {
    pub(crate) async fn verified_sha256(
        &self,
        region: Region,
        bucket: &str,
        key: &str,
    ) -> Result<Option<String>, CloudError> {
        let call = Call::new("s3:HeadObject", region);
        let owner = &self.who().await?.account;
        let place = Elsewhere::default();
        let answer = self
            .send(call, async || {
                let request = self.s3(region).head_object().bucket(bucket).key(key);
                let request = request.checksum_mode(ChecksumMode::Enabled).expected_bucket_owner(owner);
                let answer = request.send().await;
                place.note(answer.as_ref().err());
                answer
            })
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(place.explain(error, bucket, owner)),
        };
        // The checksum of an object that came in parts is that of their checksums.
        let whole = answer.checksum_type != Some(ChecksumType::Composite);
        let checksum = answer.checksum_sha256.filter(|_| whole).unwrap_or_default();
        Ok(Some(hexadecimal(&checksum).unwrap_or_default()))
    }

    pub(crate) async fn upload(&self, region: Region, object: &ObjectRequest<'_>) -> Result<(), CloudError> {
        let call = Call::new("s3:PutObject", region);
        let Some(checksum) = base64_of(object.sha256) else {
            let message = format!("`{}` is no SHA-256 in hexadecimal digits", object.sha256);
            return Err(call.error(ErrorKind::Rejected, message));
        };
        let place = Elsewhere::default();
        let answer = self
            .send(call, async || {
                let timeouts = aws_sdk_s3::Config::builder().timeout_config(self.timing.timeouts(object.body.len()));
                let request = self
                    .s3(region)
                    .put_object()
                    .bucket(object.bucket)
                    .key(object.key)
                    .expected_bucket_owner(object.owner)
                    .checksum_algorithm(ChecksumAlgorithm::Sha256)
                    .checksum_sha256(&checksum)
                    .set_if_none_match((!object.replace).then(|| "*".to_owned()))
                    .body(ByteStream::from(object.body.to_vec()));
                let answer = request.customize().config_override(timeouts).send().await;
                place.note(answer.as_ref().err());
                answer
            })
            .await;
        answer.map(|_| ()).map_err(|error| place.explain(error, object.bucket, object.owner))
    }
}

/// The region that S3 says a bucket is in, where it is another one than was asked.
#[derive(Debug, Default)]
struct Elsewhere(std::cell::RefCell<Option<String>>);

impl Elsewhere {
    fn note<E>(&self, error: Option<&SdkError<E>>) {
        let said = error.and_then(|error| error.raw_response()?.headers().get(BUCKET_REGION));
        *self.0.borrow_mut() = said.map(str::to_owned);
    }

    fn explain(&self, mut error: CloudError, bucket: &str, owner: &str) -> CloudError {
        let region = self.0.borrow().clone().filter(|said| *said != error.region.as_str());
        error.message = match region {
            Some(region) => format!("bucket `{bucket}` is in `{region}`: {}", error.message),
            None if error.kind == ErrorKind::AccessDenied => format!(
                "bucket `{bucket}` may not be used so, or does not belong to account `{owner}`: {}",
                error.message
            ),
            None => format!("bucket `{bucket}`: {}", error.message),
        };
        if error.kind == ErrorKind::Other {
            error.kind = ErrorKind::Rejected;
        }
        error
    }
}

fn hexadecimal(base64: &str) -> Option<String> {
    let bytes = STANDARD.decode(base64).ok()?;
    (bytes.len() == 32).then(|| hex::encode(bytes))
}

fn base64_of(hexadecimal: &str) -> Option<String> {
    let bytes = hex::decode(hexadecimal).ok()?;
    (bytes.len() == 32).then(|| STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const EMPTY_IN_BASE64: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    #[test]
    fn checksums_in_both_notations() {
        assert_eq!(base64_of(EMPTY).as_deref(), Some(EMPTY_IN_BASE64));
        assert_eq!(hexadecimal(EMPTY_IN_BASE64).as_deref(), Some(EMPTY));
        for wrong in ["", "e3b0", "not hexadecimal"] {
            assert_eq!(base64_of(wrong), None, "{wrong}");
        }
        for wrong in ["", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-3", "AAAA"] {
            assert_eq!(hexadecimal(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn errors_name_the_bucket() {
        let error = |kind| CloudError {
            kind,
            action: "s3:PutObject",
            region: Region::EU_WEST_1,
            message: "no (Code)".to_owned(),
        };
        for (said, kind, expected) in [
            (None, ErrorKind::NotFound, "bucket `b`: no (Code)"),
            (Some("eu-west-1"), ErrorKind::NotFound, "bucket `b`: no (Code)"),
            (Some("us-east-1"), ErrorKind::Rejected, "bucket `b` is in `us-east-1`: no (Code)"),
            (
                None,
                ErrorKind::AccessDenied,
                "bucket `b` may not be used so, or does not belong to account `1`: no (Code)",
            ),
        ] {
            let place = Elsewhere(std::cell::RefCell::new(said.map(str::to_owned)));
            assert_eq!(place.explain(error(kind), "b", "1").message, expected);
        }
    }
}
