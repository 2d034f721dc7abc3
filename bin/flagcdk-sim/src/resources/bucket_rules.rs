//! Buckets that stacks make.

use serde_json::Value;

use super::world::Site;
use crate::store::Store;
use crate::store::model::{Bucket, ResourceRecord};

pub(super) fn create(store: &mut Store, site: Site<'_>, record: &ResourceRecord) -> Result<(), String> {
    let name = &record.physical_id;
    if !is_valid_name(name) {
        return Err(format!(
            "Resource handler returned message: \"Bucket name '{name}' does not follow the rules for names of buckets\" \
             (HandlerErrorCode: InvalidRequest)"
        ));
    }
    if store.buckets.contains(name) {
        return Err(format!("{name} already exists"));
    }
    store.buckets.put(
        name,
        Bucket {
            region: site.region.to_owned(),
            created: site.now,
            versioned: is_versioned(&record.properties),
            objects: Default::default(),
        },
    );
    Ok(())
}

pub(super) fn update(store: &mut Store, record: &ResourceRecord) {
    if let Some(bucket) = store.buckets.get_mut(&record.physical_id) {
        bucket.versioned = is_versioned(&record.properties);
    }
}

pub(super) fn delete(store: &mut Store, record: &ResourceRecord) -> Result<(), String> {
    let name = &record.physical_id;
    if store.buckets.get(name).is_some_and(|bucket| !bucket.objects.is_empty()) {
        return Err(format!(
            "Resource handler returned message: \"The bucket you tried to delete is not empty. You must delete all \
             versions in the bucket. (Service: S3, Status Code: 409, Bucket: {name})\" \
             (HandlerErrorCode: GeneralServiceException)"
        ));
    }
    store.buckets.remove(name);
    Ok(())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
pub(crate) fn is_valid_name(name: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&name.len())
        && bytes.iter().all(|byte| alphanumeric(*byte) || matches!(byte, b'-' | b'.'))
        && bytes.first().is_some_and(|byte| alphanumeric(*byte))
        && bytes.last().is_some_and(|byte| alphanumeric(*byte))
        && !name.contains("..")
        && !name.starts_with("xn--")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

fn is_versioned(properties: &Value) -> bool {
    properties.pointer("/VersioningConfiguration/Status").is_some_and(|status| status == "Enabled")
}
