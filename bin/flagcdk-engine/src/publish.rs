//! Files and templates to the buckets, each verified by its SHA-256.

use std::rc::Rc;

use flagcdk_assembly::Region;

use crate::digest::sha256;
use crate::{Cloud, CloudError, ErrorKind, Identity, ObjectRequest, Outcome, Problem, PublishedFile, bootstrap};

/// The contents of a file, read and compared with the digest that it was packaged with.
///
/// # Errors
/// If it cannot be read or was changed since.
pub(crate) fn contents(file: &PublishedFile) -> Result<Rc<[u8]>, Problem> {
    let failed = |message: String| Problem {
        code: "publish::unreadable".into(),
        message,
        help: "run the same command: the file is packaged anew".into(),
        severity: Outcome::Environment,
    };
    let path = file.path.display();
    let bytes = std::fs::read(&file.path).map_err(|error| failed(format!("cannot read `{path}`: {error}")))?;
    let got = sha256(&bytes);
    if got != file.sha256 {
        return Err(failed(format!(
            "`{path}` was changed after it was packaged: its SHA-256 is {got}, wanted {}",
            file.sha256
        )));
    }
    Ok(bytes.into())
}

/// Puts an object into a region's bucket, unless it lies there already with these bytes. Says whether it was sent.
///
/// # Errors
/// If it could not be sent, or is another one afterwards.
pub(crate) async fn publish(
    cloud: &impl Cloud,
    identity: &Identity,
    region: Region,
    key: &str,
    body: &[u8],
    sha256: &str,
) -> Result<bool, CloudError> {
    let bucket = bootstrap::bucket(identity, region);
    let there = cloud.object_sha256(region, &bucket, key).await?;
    if there.as_deref() == Some(sha256) {
        return Ok(false);
    }
    // An object of the right key and wrong bytes is a damaged one, since the key is made of the bytes: it is replaced.
    let replace = there.is_some();
    let object = ObjectRequest { bucket: &bucket, owner: &identity.account, key, body, sha256, replace };
    match cloud.put_object(region, &object).await {
        // Somebody else was faster; whether with the same bytes is seen next.
        Err(error) if error.kind == ErrorKind::AlreadyExists => {}
        other => other?,
    }
    let there = cloud.object_sha256(region, &bucket, key).await?;
    if there.as_deref() == Some(sha256) {
        return Ok(true);
    }
    Err(CloudError {
        kind: ErrorKind::ChecksumMismatch,
        action: "s3:PutObject",
        region,
        message: format!(
            "`{key}` in `{bucket}` has SHA-256 `{}` after the upload, wanted `{sha256}`",
            there.as_deref().unwrap_or("none")
        ),
    })
}
