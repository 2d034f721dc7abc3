//! Lists of objects and of their versions.

use std::collections::BTreeSet;

use super::{NAMESPACE, S3Answer, S3Request};
use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::protocol::xml::Xml;
use crate::store::model::{Bucket, ObjectContent, ObjectVersion};

/// The number of entries on a page.
const PAGE: usize = 1000;

pub(super) fn objects(cloud: &mut Cloud, request: &S3Request<'_>, name: &str) -> Result<S3Answer, ServiceError> {
    let prefix = request.query.get("prefix").unwrap_or_default();
    let delimiter = request.query.get("delimiter").filter(|text| !text.is_empty());
    let start = match request.query.get("continuation-token") {
        Some(token) => Some(decode_token(token)?),
        None => request.query.get("start-after").map(str::to_owned),
    };
    let max = max_keys(request)?;
    let bucket = bucket(cloud, name)?;
    let mut contents: Vec<(&String, &ObjectVersion, &ObjectContent)> = Vec::new();
    let mut folders = BTreeSet::new();
    let mut last = None;
    let mut truncated = false;
    for (key, versions) in bucket.objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
        if start.as_ref().is_some_and(|start| key <= start) {
            continue;
        }
        let Some(version) = versions.last() else { continue };
        let Some(content) = &version.content else { continue };
        let folder = delimiter.and_then(|delimiter| {
            let at = key[prefix.len()..].find(delimiter)?;
            Some(key[..prefix.len() + at + delimiter.len()].to_owned())
        });
        // A page that ended inside a folder does not show the folder again.
        if let (Some(folder), Some(start)) = (&folder, &start)
            && start.starts_with(folder.as_str())
        {
            continue;
        }
        let is_new = folder.as_ref().is_none_or(|folder| !folders.contains(folder));
        if is_new && contents.len() + folders.len() == max {
            truncated = true;
            break;
        }
        last = Some(key);
        match folder {
            Some(folder) => {
                folders.insert(folder);
            }
            None => contents.push((key, version, content)),
        }
    }
    let mut xml = Xml::with_declaration();
    xml.root("ListBucketResult", NAMESPACE, |xml| {
        xml.text("Name", name);
        xml.text("Prefix", prefix);
        xml.optional("Delimiter", delimiter);
        xml.text("MaxKeys", max);
        xml.text("KeyCount", contents.len() + folders.len());
        xml.text("IsTruncated", truncated);
        if let (true, Some(last)) = (truncated, last) {
            xml.text("NextContinuationToken", hex::encode(last));
        }
        for (key, version, content) in contents {
            xml.element("Contents", |xml| {
                xml.text("Key", key);
                xml.text("LastModified", version.modified);
                xml.text("ETag", &content.etag);
                xml.text("Size", content.size);
                xml.text("StorageClass", "STANDARD");
            });
        }
        for folder in folders {
            xml.element("CommonPrefixes", |xml| xml.text("Prefix", folder));
        }
    });
    Ok(S3Answer::xml(xml))
}

pub(super) fn versions(cloud: &mut Cloud, request: &S3Request<'_>, name: &str) -> Result<S3Answer, ServiceError> {
    let prefix = request.query.get("prefix").unwrap_or_default();
    let key_marker = request.query.get("key-marker").unwrap_or_default();
    let version_marker = request.query.get("version-id-marker").filter(|text| !text.is_empty());
    let max = max_keys(request)?;
    let bucket = bucket(cloud, name)?;
    // The newest version of a key comes first.
    let mut all: Vec<(&String, &ObjectVersion, bool)> = Vec::new();
    for (key, versions) in bucket.objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
        let newest_first = versions.iter().rev().enumerate();
        let mut of_key: Vec<_> = newest_first.map(|(index, version)| (key, version, index == 0)).collect();
        match (key.as_str().cmp(key_marker), version_marker) {
            (std::cmp::Ordering::Less, _) => continue,
            (std::cmp::Ordering::Equal, None) if !key_marker.is_empty() => continue,
            (std::cmp::Ordering::Equal, Some(marker)) => {
                let at = of_key.iter().position(|(_, version, _)| version.id == marker);
                of_key.drain(..at.map_or(0, |at| at + 1));
            }
            _ => {}
        }
        all.extend(of_key);
    }
    let truncated = all.len() > max;
    all.truncate(max);
    let mut xml = Xml::with_declaration();
    xml.root("ListVersionsResult", NAMESPACE, |xml| {
        xml.text("Name", name);
        xml.text("Prefix", prefix);
        xml.text("KeyMarker", key_marker);
        xml.text("MaxKeys", max);
        xml.text("IsTruncated", truncated);
        if let (true, Some((key, version, _))) = (truncated, all.last()) {
            xml.text("NextKeyMarker", key);
            xml.text("NextVersionIdMarker", &version.id);
        }
        for (key, version, is_latest) in &all {
            let element = if version.content.is_some() { "Version" } else { "DeleteMarker" };
            xml.element(element, |xml| {
                xml.text("Key", key);
                xml.text("VersionId", &version.id);
                xml.text("IsLatest", is_latest);
                xml.text("LastModified", version.modified);
                if let Some(content) = &version.content {
                    xml.text("ETag", &content.etag);
                    xml.text("Size", content.size);
                    xml.text("StorageClass", "STANDARD");
                }
            });
        }
    });
    Ok(S3Answer::xml(xml))
}

fn bucket<'a>(cloud: &'a mut Cloud, name: &str) -> Result<&'a Bucket, ServiceError> {
    cloud
        .store
        .buckets
        .get(name)
        .ok_or_else(|| ServiceError::new(404, "NoSuchBucket", "The specified bucket does not exist"))
}

fn max_keys(request: &S3Request<'_>) -> Result<usize, ServiceError> {
    request.query.get("max-keys").map_or(Ok(PAGE), |text| text.parse().map(|max: usize| max.min(PAGE))).map_err(|_| {
        ServiceError::new(400, "InvalidArgument", "Provided max-keys not an integer or within integer range")
    })
}

fn decode_token(token: &str) -> Result<String, ServiceError> {
    hex::decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| ServiceError::new(400, "InvalidArgument", "The continuation token provided is incorrect"))
}
