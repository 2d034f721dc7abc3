//! S3, by path style: `/bucket/key`.

mod buckets;
mod checksums;
mod chunked;
mod listing;
mod objects;

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::protocol::query::{Fields, decode};
use crate::protocol::xml::Xml;

/// The namespace of S3's documents.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A request to S3.
#[derive(Debug)]
pub(crate) struct S3Request<'a> {
    pub(crate) method: &'a str,
    /// As it was sent: percent-encoded.
    pub(crate) path: &'a str,
    pub(crate) query: &'a Fields,
    /// In lower case.
    pub(crate) headers: &'a BTreeMap<String, String>,
    pub(crate) body: Bytes,
    pub(crate) region: &'a str,
    pub(crate) now: Timestamp,
}

/// An answer of S3.
#[derive(Debug, Default)]
pub(crate) struct S3Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl S3Answer {
    fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    fn xml(xml: Xml) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/xml".to_owned())],
            body: xml.finish().into(),
        }
    }

    fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

impl S3Request<'_> {
    /// Bucket and key, each if there is one.
    fn place(&self) -> (Option<String>, Option<String>) {
        let path = self.path.trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let some = |text: &str| (!text.is_empty()).then(|| decode(text, false));
        (some(bucket), some(key))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The operation's name.
    pub(crate) fn action(&self) -> &'static str {
        let (bucket, key) = self.place();
        let has = |name: &str| self.query.contains(name);
        match (self.method, bucket.is_some(), key.is_some()) {
            ("GET", false, _) => "ListBuckets",
            ("PUT", true, false) if has("versioning") => "PutBucketVersioning",
            ("PUT" | "DELETE", true, _) if self.query_names_subresource() => "ChangeSubresource",
            ("PUT", true, false) => "CreateBucket",
            ("HEAD", true, false) => "HeadBucket",
            ("DELETE", true, false) => "DeleteBucket",
            ("POST", true, false) if has("delete") => "DeleteObjects",
            ("GET", true, false) if has("location") => "GetBucketLocation",
            ("GET", true, false) if has("versioning") => "GetBucketVersioning",
            ("GET", true, false) if has("versions") => "ListObjectVersions",
            ("GET", true, false) if self.query.get("list-type") == Some("2") => "ListObjectsV2",
            ("PUT", true, true) if has("partNumber") => "UploadPart",
            ("PUT", true, true) if self.header("x-amz-copy-source").is_some() => "CopyObject",
            ("PUT", true, true) => "PutObject",
            ("HEAD", true, true) => "HeadObject",
            ("GET", true, true) if self.query_names_subresource() => "GetSubresource",
            ("GET", true, true) => "GetObject",
            ("DELETE", true, true) => "DeleteObject",
            ("GET" | "HEAD", _, _) => "GetSubresource",
            _ => "Unknown",
        }
    }

    fn query_names_subresource(&self) -> bool {
        const SUBRESOURCES: &[&str] = &[
            "acl",
            "encryption",
            "lifecycle",
            "logging",
            "notification",
            "ownershipControls",
            "policy",
            "publicAccessBlock",
            "tagging",
            "uploadId",
            "uploads",
            "website",
        ];
        SUBRESOURCES.iter().any(|name| self.query.contains(name))
    }
}

pub(crate) fn is_mutating(action: &str) -> bool {
    !(action.starts_with("Get") || action.starts_with("Head") || action.starts_with("List"))
}

pub(crate) fn answer(cloud: &mut Cloud, request: &S3Request<'_>) -> Result<S3Answer, ServiceError> {
    let action = request.action();
    let (bucket, key) = request.place();
    let bucket = bucket.unwrap_or_default();
    let key = key.unwrap_or_default();
    match action {
        "ListBuckets" => return Ok(buckets::list(cloud)),
        "CreateBucket" => return buckets::create(cloud, request, &bucket),
        "Unknown" | "ChangeSubresource" | "GetSubresource" | "UploadPart" | "CopyObject" => {
            return Err(ServiceError::new(
                501,
                "NotImplemented",
                "A header or query you provided implies functionality that the simulator does not have",
            ));
        }
        _ => {}
    }
    buckets::check(cloud, request, &bucket)?;
    match action {
        "HeadBucket" => Ok(S3Answer::empty(200).header("x-amz-bucket-region", request.region)),
        "DeleteBucket" => buckets::delete(cloud, &bucket),
        "GetBucketLocation" => Ok(buckets::location(request)),
        "GetBucketVersioning" => Ok(buckets::versioning(cloud, &bucket)),
        "PutBucketVersioning" => buckets::set_versioning(cloud, request, &bucket),
        "ListObjectsV2" => listing::objects(cloud, request, &bucket),
        "ListObjectVersions" => listing::versions(cloud, request, &bucket),
        "PutObject" => objects::put(cloud, request, &bucket, &key),
        "HeadObject" | "GetObject" => objects::get(cloud, request, &bucket, &key),
        "DeleteObject" => objects::delete(cloud, request, &bucket, &key),
        _ => objects::delete_many(cloud, request, &bucket),
    }
}

/// An error as S3 writes it.
pub(crate) fn error_document(error: &ServiceError, path: &str, request_id: &str) -> String {
    let mut xml = Xml::with_declaration();
    xml.element("Error", |xml| {
        xml.text("Code", &error.code);
        xml.text("Message", &error.message);
        xml.text("Resource", path);
        xml.text("RequestId", request_id);
        xml.text("HostId", "simulated");
    });
    xml.finish()
}
