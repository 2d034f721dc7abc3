//! Credentials as a person's machine offers them. The environment belongs to the whole process, so each case runs in a
//! process of its own: this test program again, with one test.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flagcdk_engine::Cloud;
use tempfile::TempDir;

use super::answers::{identity, refused};
use super::server::{Answer, Request, Server};
use super::{HOME, impatient};
use crate::{AwsCloud, Connection, Timing};

/// Set in the other process.
const ROLE: &str = "FLAGCDK_TEST_ASKS_WHO_IT_IS";

/// What the other process does.
#[tokio::test]
async fn asks_who_it_is() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let profile = std::env::var("FLAGCDK_TEST_PROFILE").ok();
    let timing = Timing { instance_metadata: Duration::from_millis(300), ..impatient() };
    let cloud = AwsCloud::connect(Connection { profile, timing, ..Connection::new(HOME) }).await.unwrap();
    let begun = Instant::now();
    let found = match cloud.identity().await {
        Ok(identity) => identity.account,
        Err(error) => format!("{:?} {}", error.kind, error.message),
    };
    assert!(begun.elapsed() < Duration::from_secs(2), "{found} after {:?}", begun.elapsed());
    println!("\nOUTCOME {found}");
}

/// Asks in another process with just these variables, and gives what it found.
async fn outcome(home: &Path, server: &Server, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["tests::environment::asks_who_it_is", "--exact", "--nocapture"])
        .env_clear()
        .env(ROLE, "1")
        .env("HOME", home)
        .env("AWS_ENDPOINT_URL", server.url())
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.lines().find_map(|line| line.strip_prefix("OUTCOME "));
    found.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr))).to_owned()
}

fn home(files: &[(&str, &str)]) -> TempDir {
    let home = TempDir::new().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    for (name, contents) in files {
        std::fs::write(home.path().join(".aws").join(name), contents).unwrap();
    }
    home
}

/// Knows everybody whose key is not `OLD`, and tells them apart by it.
fn by_key(request: &Request) -> Answer {
    let (_, key) = request.header("authorization").split_once("Credential=").unwrap_or_default();
    match key.split('/').next().unwrap_or_default() {
        "OLD" => refused(403, "ExpiredToken", "expired"),
        "" => Answer::Reply(403, vec![], String::new()),
        key => identity(key),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_from_where_people_keep_them() {
    let server = Server::answering(|request, _| by_key(request)).await;
    let keys = "[default]\naws_access_key_id = 1111\naws_secret_access_key = s\n\
                [other]\naws_access_key_id = 2222\naws_secret_access_key = s\n";
    let process = "[profile asking]\ncredential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"3333\", \"SecretAccessKey\": \"s\"}'\n";
    let home = home(&[("credentials", keys), ("config", process)]);
    let key = ("AWS_ACCESS_KEY_ID", "4444");
    for (variables, expected) in [
        (vec![], "1111"),
        (vec![("AWS_PROFILE", "other")], "2222"),
        (vec![("AWS_PROFILE", "other"), ("FLAGCDK_TEST_PROFILE", "default")], "1111"),
        (vec![("FLAGCDK_TEST_PROFILE", "asking"), ("PATH", "/usr/bin:/bin")], "3333"),
        (vec![key, ("AWS_SECRET_ACCESS_KEY", "s")], "4444"),
        // A profile that is named by an argument is meant, and one that a variable names is a default.
        (vec![key, ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_PROFILE", "other")], "4444"),
        (vec![key, ("AWS_SECRET_ACCESS_KEY", "s"), ("FLAGCDK_TEST_PROFILE", "other")], "2222"),
    ] {
        assert_eq!(outcome(home.path(), &server, &variables).await, expected, "{variables:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credentials_file_that_was_renewed_is_read_again() {
    let home = home(&[("credentials", "[default]\naws_access_key_id = OLD\naws_secret_access_key = s\n")]);
    let file = home.path().join(".aws/credentials");
    let server = Server::answering(move |request, index| {
        if index == 0 {
            std::fs::write(&file, "[default]\naws_access_key_id = 5555\naws_secret_access_key = s\n").unwrap();
        }
        by_key(request)
    })
    .await;
    assert_eq!(outcome(home.path(), &server, &[]).await, "5555");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credentials_are_noticed_at_once() {
    let server = Server::answering(|request, _| by_key(request)).await;
    let silent = Server::playing([Answer::Silence]).await;
    let failing = "[profile failing]\ncredential_process = echo sign in first >&2; exit 1\n";
    let home = home(&[("config", failing)]);
    let metadata = silent.url();
    let disabled = ("AWS_EC2_METADATA_DISABLED", "true");
    let nowhere = "no credentials: there are none in the environment variables or the configuration files, and no role of \
                   a container or an instance";
    for (variables, words) in [
        (vec![disabled], nowhere.to_owned()),
        (vec![("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.as_str())], nowhere.to_owned()),
        (
            vec![("FLAGCDK_TEST_PROFILE", "missing")],
            "no credentials: the configuration files have no profile `missing`, or it says nothing of credentials"
                .into(),
        ),
        (vec![("FLAGCDK_TEST_PROFILE", "failing"), ("PATH", "/usr/bin:/bin")], "sign in first".to_owned()),
    ] {
        let found = outcome(home.path(), &server, &variables).await;
        assert!(found.starts_with("Credentials ") && found.contains(&words), "{variables:?}: {found}");
    }
    assert!(server.requests().is_empty());
}
