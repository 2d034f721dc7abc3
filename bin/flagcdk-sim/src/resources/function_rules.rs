//! Lambda functions take their code from a bucket of their own region.

use serde_json::Value;

use super::world::Site;
use crate::store::Store;

/// The code must be there when the function is made or changed.
pub(super) fn check_code(store: &mut Store, site: Site<'_>, properties: &Value) -> Result<(), String> {
    let text = |name: &str| properties.pointer(&format!("/Code/{name}")).and_then(Value::as_str);
    let (Some(bucket_name), Some(key)) = (text("S3Bucket"), text("S3Key")) else { return Ok(()) };
    let refuse = |code: &str, message: &str| {
        Err(format!(
            "Resource handler returned message: \"Error occurred while GetObject. S3 Error Code: {code}. S3 Error \
             Message: {message} (Service: Lambda, Status Code: 400)\" (HandlerErrorCode: InvalidRequest)"
        ))
    };
    let Some(bucket) = store.buckets.get(bucket_name) else {
        return refuse("NoSuchBucket", "The specified bucket does not exist");
    };
    if bucket.region != site.region {
        return refuse(
            "PermanentRedirect",
            &format!("The bucket is in this region: {}. Please use this region to retry the request", bucket.region),
        );
    }
    let versions = bucket.objects.get(key).map(Vec::as_slice).unwrap_or_default();
    let found = match text("S3ObjectVersion") {
        Some(id) => versions.iter().find(|version| version.id == id),
        None => versions.last(),
    };
    match found {
        Some(version) if version.content.is_some() => Ok(()),
        None if !versions.is_empty() => refuse("NoSuchVersion", "The specified version does not exist."),
        _ => refuse("NoSuchKey", "The specified key does not exist."),
    }
}
