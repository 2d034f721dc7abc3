//! Buckets.

use super::{NAMESPACE, S3Answer, S3Request};
use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::protocol::xml::Xml;
use crate::resources::bucket_rules::is_valid_name;
use crate::store::model::Bucket;

/// The bucket must be there, be in the region that is asked, and be ours.
pub(super) fn check(cloud: &mut Cloud, request: &S3Request<'_>, name: &str) -> Result<(), ServiceError> {
    let denied = || ServiceError::new(403, "AccessDenied", "Access Denied");
    if cloud.foreign_buckets.contains(name) {
        return Err(denied());
    }
    let account = cloud.account.clone();
    let Some(bucket) = cloud.store.buckets.get(name) else {
        return Err(ServiceError::new(404, "NoSuchBucket", "The specified bucket does not exist"));
    };
    if bucket.region != request.region {
        let redirect = ServiceError::new(
            301,
            "PermanentRedirect",
            format!(
                "The bucket you are attempting to access must be addressed using the specified endpoint. Please send \
                 all future requests to this endpoint. The bucket is in {}",
                bucket.region
            ),
        );
        return Err(ServiceError { bucket_region: Some(bucket.region.clone()), ..redirect });
    }
    if request.header("x-amz-expected-bucket-owner").is_some_and(|owner| owner != account) {
        return Err(denied());
    }
    Ok(())
}

pub(super) fn list(cloud: &mut Cloud) -> S3Answer {
    let names: Vec<String> = cloud.store.buckets.keys().map(str::to_owned).collect();
    let account = cloud.account.clone();
    let mut xml = Xml::with_declaration();
    xml.root("ListAllMyBucketsResult", NAMESPACE, |xml| {
        xml.element("Owner", |xml| xml.text("ID", account));
        xml.element("Buckets", |xml| {
            for name in names {
                let Some(bucket) = cloud.store.buckets.get(&name) else { continue };
                xml.element("Bucket", |xml| {
                    xml.text("Name", &name);
                    xml.text("CreationDate", bucket.created);
                    xml.text("BucketRegion", &bucket.region);
                });
            }
        });
    });
    S3Answer::xml(xml)
}

pub(super) fn create(cloud: &mut Cloud, request: &S3Request<'_>, name: &str) -> Result<S3Answer, ServiceError> {
    if !is_valid_name(name) {
        return Err(ServiceError::new(400, "InvalidBucketName", "The specified bucket is not valid."));
    }
    let body = String::from_utf8_lossy(&request.body);
    let constraint = body
        .split_once("<LocationConstraint>")
        .and_then(|(_, rest)| rest.split_once("</LocationConstraint>"))
        .map(|(region, _)| region.trim());
    let right = match (request.region, constraint) {
        ("us-east-1", constraint) => constraint.is_none(),
        (region, constraint) => constraint == Some(region),
    };
    if !right {
        return Err(ServiceError::new(
            400,
            "IllegalLocationConstraintException",
            format!(
                "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
                constraint.unwrap_or("unspecified")
            ),
        ));
    }
    if cloud.foreign_buckets.contains(name) {
        return Err(ServiceError::new(
            409,
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. \
             Please select a different name and try again.",
        ));
    }
    if cloud.store.buckets.contains(name) {
        return Err(ServiceError::new(
            409,
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
        ));
    }
    cloud.store.buckets.put(
        name,
        Bucket {
            region: request.region.to_owned(),
            created: request.now,
            versioned: false,
            objects: Default::default(),
        },
    );
    Ok(S3Answer::empty(200).header("location", format!("/{name}")))
}

pub(super) fn delete(cloud: &mut Cloud, name: &str) -> Result<S3Answer, ServiceError> {
    if cloud.store.buckets.get(name).is_some_and(|bucket| !bucket.objects.is_empty()) {
        return Err(ServiceError::new(
            409,
            "BucketNotEmpty",
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
        ));
    }
    cloud.store.buckets.remove(name);
    Ok(S3Answer::empty(204))
}

pub(super) fn location(request: &S3Request<'_>) -> S3Answer {
    let mut xml = Xml::with_declaration();
    // The oldest region is told by saying nothing.
    let region = if request.region == "us-east-1" { "" } else { request.region };
    xml.root("LocationConstraint", NAMESPACE, |xml| xml.raw(region));
    S3Answer::xml(xml)
}

pub(super) fn versioning(cloud: &mut Cloud, name: &str) -> S3Answer {
    let versioned = cloud.store.buckets.get(name).is_some_and(|bucket| bucket.versioned);
    let mut xml = Xml::with_declaration();
    xml.root("VersioningConfiguration", NAMESPACE, |xml| {
        if versioned {
            xml.text("Status", "Enabled");
        }
    });
    S3Answer::xml(xml)
}

pub(super) fn set_versioning(cloud: &mut Cloud, request: &S3Request<'_>, name: &str) -> Result<S3Answer, ServiceError> {
    let body = String::from_utf8_lossy(&request.body);
    let enabled = body.contains("<Status>Enabled</Status>");
    if let Some(bucket) = cloud.store.buckets.get_mut(name) {
        bucket.versioned = enabled;
    }
    Ok(S3Answer::empty(200))
}
