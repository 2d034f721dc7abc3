//! Where a request takes its template from.

use super::Call;
use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::protocol::query::decode;

/// The quota on a template inside a request.
const MAX_BODY_BYTES: usize = 51_200;
/// The quota on a template in a bucket.
const MAX_OBJECT_BYTES: usize = 1_000_000;

/// The text of the template that a request names, if it names one.
pub(super) fn template_text(cloud: &mut Cloud, call: Call<'_>) -> Result<Option<String>, ServiceError> {
    match (call.fields.get("TemplateBody"), call.fields.get("TemplateURL")) {
        (Some(_), Some(_)) => {
            Err(ServiceError::validation("Either Template URL or Template Body must be specified, but not both."))
        }
        (Some(body), None) => {
            if body.len() > MAX_BODY_BYTES {
                return Err(ServiceError::validation(format!(
                    "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must \
                     have length less than or equal to {MAX_BODY_BYTES}, got {}",
                    body.len()
                )));
            }
            Ok(Some(body.to_owned()))
        }
        (None, Some(url)) => fetch(cloud, url).map(Some),
        (None, None) => Ok(None),
    }
}

fn fetch(cloud: &mut Cloud, url: &str) -> Result<String, ServiceError> {
    let location = locate(url).ok_or_else(|| ServiceError::validation("TemplateURL must be a supported URL."))?;
    let denied = |what: &str| {
        Err(ServiceError::validation(format!(
            "S3 error: {what}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
        )))
    };
    let Some(bucket) = cloud.store.buckets.get(&location.bucket) else {
        return denied("The specified bucket does not exist");
    };
    if location.region.as_ref().is_some_and(|region| *region != bucket.region) {
        return denied(
            "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
        );
    }
    let versions = bucket.objects.get(&location.key).map(Vec::as_slice).unwrap_or_default();
    let version = match &location.version {
        Some(id) => versions.iter().find(|version| version.id == *id),
        None => versions.last(),
    };
    let Some(content) = version.and_then(|version| version.content.as_ref()) else {
        return denied("The specified key does not exist.");
    };
    if content.size > MAX_OBJECT_BYTES {
        return Err(ServiceError::validation(format!("Template may not exceed {MAX_OBJECT_BYTES} bytes in size.")));
    }
    let blob = content.blob.clone();
    cloud
        .store
        .blob(&blob)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
        .ok_or_else(|| ServiceError::validation("Template format error: the template is not UTF-8 text"))
}

/// A place in S3.
#[derive(Debug, PartialEq, Eq)]
struct Location {
    bucket: String,
    region: Option<String>,
    key: String,
    version: Option<String>,
}

/// Understands the forms of URL that CloudFormation does: host style and path style, also of dual-stack endpoints.
fn locate(url: &str) -> Option<Location> {
    let rest = url.strip_prefix("https://")?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = rest.split_once('/')?;
    let host = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    let (bucket, service) = if host == "s3" || host.starts_with("s3.") || host.starts_with("s3-") {
        (None, host)
    } else {
        let at = host
            .find(".s3.")
            .or_else(|| host.find(".s3-"))
            .or_else(|| host.ends_with(".s3").then(|| host.len() - ".s3".len()))?;
        (Some(&host[..at]), &host[at + 1..])
    };
    let region = service.strip_prefix("s3").unwrap_or_default().trim_start_matches(['.', '-']);
    if region.starts_with("website") {
        return None;
    }
    let region = region.strip_prefix("dualstack.").unwrap_or(region);
    let (bucket, key) = match bucket {
        Some(bucket) => (bucket, path),
        None => path.split_once('/')?,
    };
    let version = query.split('&').find_map(|pair| pair.strip_prefix("versionId="));
    if bucket.is_empty() || key.is_empty() {
        return None;
    }
    Some(Location {
        bucket: bucket.to_owned(),
        region: (!region.is_empty()).then(|| region.to_owned()),
        key: decode(key, false),
        version: version.map(|text| decode(text, false)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_urls_are_understood() {
        for (url, expected) in [
            ("https://b.s3.eu-west-1.amazonaws.com/k/t.json", Some(("b", Some("eu-west-1"), "k/t.json", None))),
            ("https://b.s3.dualstack.eu-west-1.amazonaws.com/t", Some(("b", Some("eu-west-1"), "t", None))),
            ("https://s3.eu-west-1.amazonaws.com/b/t%20x", Some(("b", Some("eu-west-1"), "t x", None))),
            ("https://s3-eu-west-1.amazonaws.com/b/t", Some(("b", Some("eu-west-1"), "t", None))),
            ("https://b.s3.amazonaws.com/t?versionId=v1", Some(("b", None, "t", Some("v1")))),
            ("https://s3.amazonaws.com/b/t", Some(("b", None, "t", None))),
            ("https://a.b.s3.us-east-1.amazonaws.com/t", Some(("a.b", Some("us-east-1"), "t", None))),
            ("http://b.s3.amazonaws.com/t", None),
            ("https://b.s3-website-us-east-1.amazonaws.com/t", None),
            ("https://example.com/t", None),
            ("https://b.s3.amazonaws.com/", None),
        ] {
            let expected = expected.map(|(bucket, region, key, version)| Location {
                bucket: bucket.to_owned(),
                region: region.map(str::to_owned),
                key: key.to_owned(),
                version: version.map(str::to_owned),
            });
            assert_eq!(locate(url), expected, "{url}");
        }
    }
}
