//! Objects.

use std::collections::BTreeMap;

use bytes::Bytes;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::{NAMESPACE, S3Answer, S3Request, checksums, chunked};
use crate::cloud::Cloud;
use crate::identifiers;
use crate::protocol::ServiceError;
use crate::protocol::xml::Xml;
use crate::store::model::{Bucket, ObjectContent, ObjectVersion};

/// The greatest object of one request, 5 GiB.
const MAX_BYTES: usize = 5 << 30;

pub(super) fn put(
    cloud: &mut Cloud,
    request: &S3Request<'_>,
    bucket_name: &str,
    key: &str,
) -> Result<S3Answer, ServiceError> {
    if key.len() > 1024 {
        return Err(ServiceError::new(400, "KeyTooLongError", "Your key is too long"));
    }
    let (body, trailers) = content(request)?;
    if body.len() > MAX_BYTES {
        return Err(ServiceError::new(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"));
    }
    let checksum = checked(request, &body, &trailers)?;
    let blob = cloud
        .store
        .put_blob(body.clone())
        .map_err(|error| ServiceError::new(500, "InternalError", format!("the object cannot be kept: {error}")))?;
    let number = cloud.store.next();
    let Some(bucket) = cloud.store.buckets.get_mut(bucket_name) else {
        return Err(ServiceError::new(404, "NoSuchBucket", "The specified bucket does not exist"));
    };
    let existing = latest(bucket, key).filter(|version| version.content.is_some());
    if request.header("if-none-match") == Some("*") && existing.is_some() {
        return Err(precondition_failed());
    }
    if let Some(wanted) = request.header("if-match") {
        let etag = existing.and_then(|version| version.content.as_ref()).map(|content| &content.etag);
        if etag.is_none_or(|etag| etag.trim_matches('"') != wanted.trim_matches('"')) {
            return Err(precondition_failed());
        }
    }
    let etag = format!("\"{}\"", &blob[..32]);
    let headers = request
        .headers
        .iter()
        .filter(|(name, _)| {
            name.starts_with("x-amz-meta-") || matches!(name.as_str(), "cache-control" | "content-disposition")
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let version = ObjectVersion {
        id: version_id(bucket, bucket_name, key, number),
        content: Some(ObjectContent {
            blob,
            size: body.len(),
            etag: etag.clone(),
            content_type: request.header("content-type").map(str::to_owned),
            headers,
            checksum: checksum.clone(),
        }),
        modified: request.now,
    };
    let mut answer = S3Answer::empty(200).header("etag", etag);
    if bucket.versioned {
        answer = answer.header("x-amz-version-id", &version.id);
    }
    if let Some((name, value)) = checksum {
        answer = answer.header(&name, value).header("x-amz-checksum-type", "FULL_OBJECT");
    }
    add_version(bucket, key, version);
    Ok(answer)
}

pub(super) fn get(
    cloud: &mut Cloud,
    request: &S3Request<'_>,
    bucket_name: &str,
    key: &str,
) -> Result<S3Answer, ServiceError> {
    let no_key = || ServiceError::new(404, "NoSuchKey", "The specified key does not exist.");
    let Some(bucket) = cloud.store.buckets.get(bucket_name) else { return Err(no_key()) };
    let versions = bucket.objects.get(key).map(Vec::as_slice).unwrap_or_default();
    let version = match request.query.get("versionId") {
        Some(id) => versions
            .iter()
            .find(|version| version.id == id)
            .ok_or_else(|| ServiceError::new(404, "NoSuchVersion", "The specified version does not exist."))?,
        None => versions.last().ok_or_else(no_key)?,
    };
    let (id, modified, versioned) = (version.id.clone(), version.modified, bucket.versioned);
    let content = version.content.clone().ok_or_else(no_key)?;
    let body = if request.method == "HEAD" {
        Bytes::new()
    } else {
        cloud
            .store
            .blob(&content.blob)
            .map_err(|error| ServiceError::new(500, "InternalError", format!("the object cannot be read: {error}")))?
    };
    let mut answer = S3Answer { status: 200, headers: Vec::new(), body }
        .header("etag", &content.etag)
        .header("last-modified", modified.http_date())
        .header("accept-ranges", "bytes")
        .header("content-type", content.content_type.as_deref().unwrap_or("application/octet-stream"));
    if request.method == "HEAD" {
        answer = answer.header("content-length", content.size);
    }
    if versioned {
        answer = answer.header("x-amz-version-id", id);
    }
    if request.header("x-amz-checksum-mode") == Some("ENABLED")
        && let Some((name, value)) = &content.checksum
    {
        answer = answer.header(name, value).header("x-amz-checksum-type", "FULL_OBJECT");
    }
    for (name, value) in &content.headers {
        answer = answer.header(name, value);
    }
    Ok(answer)
}

pub(super) fn delete(
    cloud: &mut Cloud,
    request: &S3Request<'_>,
    bucket_name: &str,
    key: &str,
) -> Result<S3Answer, ServiceError> {
    let deleted = delete_one(cloud, request, bucket_name, key, request.query.get("versionId"));
    let mut answer = S3Answer::empty(204);
    if deleted.is_marker {
        answer = answer.header("x-amz-delete-marker", "true");
    }
    if let Some(id) = deleted.version_id {
        answer = answer.header("x-amz-version-id", id);
    }
    Ok(answer)
}

pub(super) fn delete_many(
    cloud: &mut Cloud,
    request: &S3Request<'_>,
    bucket_name: &str,
) -> Result<S3Answer, ServiceError> {
    let (body, trailers) = content(request)?;
    checked(request, &body, &trailers)?;
    let (objects, quiet) = named_objects(&body)?;
    if objects.len() > 1000 {
        return Err(malformed());
    }
    let mut xml = Xml::with_declaration();
    xml.root("DeleteResult", NAMESPACE, |xml| {
        for (key, version) in &objects {
            let deleted = delete_one(cloud, request, bucket_name, key, version.as_deref());
            if quiet {
                continue;
            }
            xml.element("Deleted", |xml| {
                xml.text("Key", key);
                xml.optional("VersionId", version.as_ref());
                if deleted.is_marker {
                    xml.text("DeleteMarker", true);
                    xml.optional("DeleteMarkerVersionId", deleted.version_id);
                }
            });
        }
    });
    Ok(S3Answer::xml(xml))
}

struct Deleted {
    is_marker: bool,
    version_id: Option<String>,
}

fn delete_one(
    cloud: &mut Cloud,
    request: &S3Request<'_>,
    bucket_name: &str,
    key: &str,
    version: Option<&str>,
) -> Deleted {
    let number = cloud.store.next();
    let nothing = Deleted { is_marker: false, version_id: version.map(str::to_owned) };
    let Some(bucket) = cloud.store.buckets.get_mut(bucket_name) else { return nothing };
    if let Some(id) = version {
        let mut is_marker = false;
        if let Some(versions) = bucket.objects.get_mut(key) {
            versions.retain(|version| {
                let gone = version.id == id;
                is_marker |= gone && version.content.is_none();
                !gone
            });
            if versions.is_empty() {
                bucket.objects.remove(key);
            }
        }
        return Deleted { is_marker, ..nothing };
    }
    if !bucket.versioned {
        bucket.objects.remove(key);
        return nothing;
    }
    let id = version_id(bucket, bucket_name, key, number);
    let marker = ObjectVersion { id: id.clone(), content: None, modified: request.now };
    add_version(bucket, key, marker);
    Deleted { is_marker: true, version_id: Some(id) }
}

fn latest<'a>(bucket: &'a Bucket, key: &str) -> Option<&'a ObjectVersion> {
    bucket.objects.get(key).and_then(|versions| versions.last())
}

fn version_id(bucket: &Bucket, name: &str, key: &str, number: u64) -> String {
    if bucket.versioned { identifiers::letters(&format!("{name}/{key}/{number}"), 32) } else { "null".to_owned() }
}

/// A bucket without versioning keeps one version, the one called `null`.
fn add_version(bucket: &mut Bucket, key: &str, version: ObjectVersion) {
    let versions = bucket.objects.entry(key.to_owned()).or_default();
    versions.retain(|other| other.id != version.id);
    versions.push(version);
}

/// The bytes that were meant, whichever way they were sent.
fn content(request: &S3Request<'_>) -> Result<(Bytes, BTreeMap<String, String>), ServiceError> {
    let streaming = request.header("x-amz-content-sha256").is_some_and(|value| value.starts_with("STREAMING-"));
    let chunked = request.header("content-encoding").is_some_and(|value| value.contains("aws-chunked"));
    if !streaming && !chunked {
        return Ok((request.body.clone(), BTreeMap::new()));
    }
    let (body, trailers) = chunked::decode(&request.body)?;
    let announced = request.header("x-amz-decoded-content-length").and_then(|text| text.parse().ok());
    if announced.is_some_and(|length: usize| length != body.len()) {
        return Err(ServiceError::new(400, "IncompleteBody", "The request body terminated unexpectedly"));
    }
    Ok((body, trailers))
}

/// The checksum that came with the bytes, after it was compared with them.
fn checked(
    request: &S3Request<'_>,
    body: &[u8],
    trailers: &BTreeMap<String, String>,
) -> Result<Option<(String, String)>, ServiceError> {
    let digest = request.header("x-amz-content-sha256").filter(|value| value.len() == 64);
    if digest.is_some_and(|digest| digest != identifiers::sha256(body)) {
        return Err(ServiceError::new(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ));
    }
    let announced = request.header("x-amz-trailer").filter(|name| name.starts_with("x-amz-checksum-"));
    if announced.is_some_and(|name| !trailers.contains_key(name)) {
        return Err(ServiceError::new(
            400,
            "MalformedTrailerError",
            "The request contained trailing data that was not well-formed or did not conform to our published schema.",
        ));
    }
    let sent = request.headers.iter().chain(trailers).find(|(name, _)| {
        name.starts_with("x-amz-checksum-")
            && !matches!(name.as_str(), "x-amz-checksum-mode" | "x-amz-checksum-type" | "x-amz-checksum-algorithm")
    });
    let Some((name, value)) = sent else { return Ok(None) };
    let Some(computed) = checksums::compute(name, body) else {
        return Err(ServiceError::new(
            501,
            "NotImplemented",
            format!("the simulator does not know the checksum {name}"),
        ));
    };
    if computed != *value {
        let algorithm = name.trim_start_matches("x-amz-checksum-").to_ascii_uppercase();
        return Err(ServiceError::new(
            400,
            "BadDigest",
            format!("The {algorithm} you specified did not match the calculated checksum."),
        ));
    }
    Ok(Some((name.clone(), value.clone())))
}

/// A key, and the id of one version if only that is meant.
type KeyAndVersion = (String, Option<String>);

/// The keys, with versions, that a request to delete many names; and whether it wants no answer for each.
fn named_objects(body: &[u8]) -> Result<(Vec<KeyAndVersion>, bool), ServiceError> {
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let mut reader = Reader::from_str(text);
    let (mut objects, mut quiet) = (Vec::new(), false);
    let (mut key, mut version) = (None, None);
    let mut current = String::new();
    loop {
        match reader.read_event().map_err(|_| malformed())? {
            Event::Start(_) => current.clear(),
            Event::Text(text) => current.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                if let Some(character) = reference.resolve_char_ref().map_err(|_| malformed())? {
                    current.push(character);
                } else {
                    let entity = quick_xml::escape::resolve_predefined_entity(&reference);
                    current.push_str(entity.ok_or_else(malformed)?);
                }
            }
            Event::End(end) => match end.name().as_ref() {
                "Key" => key = Some(current.clone()),
                "VersionId" => version = Some(current.clone()),
                "Quiet" => quiet = current == "true",
                "Object" => objects.push((key.take().ok_or_else(malformed)?, version.take())),
                _ => {}
            },
            Event::Eof => return Ok((objects, quiet)),
            _ => {}
        }
    }
}

fn precondition_failed() -> ServiceError {
    ServiceError::new(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

fn malformed() -> ServiceError {
    ServiceError::new(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_objects_to_delete_are_read() {
        let body = "<?xml version=\"1.0\"?><Delete xmlns=\"x\"><Object><Key>a&amp;b</Key><VersionId>v</VersionId></Object>\
                    <Object><Key>c</Key></Object><Quiet>true</Quiet></Delete>";
        let (objects, quiet) = named_objects(body.as_bytes()).unwrap();
        assert_eq!(objects, [("a&b".to_owned(), Some("v".to_owned())), ("c".to_owned(), None)]);
        assert!(quiet);
    }
}
