//! Credentials that expire in the middle of a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use flagcdk_assembly::Region;
use flagcdk_engine::{Cloud, ErrorKind};

use super::answers::{identity, refused, result};
use super::server::{Answer, Request, Server};
use super::{HOME, connect, connect_as};
use crate::credentials::Source;

/// Gives other keys each time it is asked, up to a last one.
#[derive(Clone, Debug)]
struct Rotating {
    last: usize,
    asked: Arc<AtomicUsize>,
}

impl Rotating {
    fn up_to(last: usize) -> Self {
        Self { last, asked: Arc::default() }
    }

    fn source(&self) -> Source {
        Source::Given(SharedCredentialsProvider::new(self.clone()))
    }
}

impl ProvideCredentials for Rotating {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let number = self.asked.fetch_add(1, Ordering::Relaxed).min(self.last);
        let credentials =
            Credentials::new(format!("KEY{number}"), "secret-key", Some("session-token".into()), None, "test");
        future::ProvideCredentials::ready(Ok(credentials))
    }
}

fn key(request: &Request) -> String {
    let (_, rest) = request.header("authorization").split_once("Credential=").expect("requests are signed");
    rest.split('/').next().expect("a first part").to_owned()
}

fn keys(server: &Server) -> Vec<String> {
    server.requests().iter().map(key).collect()
}

/// Refuses the first key, with everything that the codes may look like.
async fn server_that_dislikes_the_first_key(code: &'static str) -> Server {
    Server::answering(move |request, _| match request.action() {
        _ if key(request) == "KEY0" => match code {
            "" => Answer::Reply(400, vec![], String::new()),
            code => refused(403, code, "The security token included in the request is expired"),
        },
        "GetCallerIdentity" => identity("111122223333"),
        _ => result("DescribeStacks", "<Stacks></Stacks>"),
    })
    .await
}

#[tokio::test]
async fn new_credentials_are_asked_for_once() {
    for code in ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", ""] {
        let server = server_that_dislikes_the_first_key(code).await;
        let cloud = connect_as(&server, Rotating::up_to(1).source()).await;
        assert_eq!(cloud.stack(HOME, "a").await, Ok(None), "{code}");
        assert_eq!(keys(&server), ["KEY0", "KEY1"], "{code}");

        let server = server_that_dislikes_the_first_key(code).await;
        let cloud = connect_as(&server, Rotating::up_to(0).source()).await;
        let error = cloud.stack(HOME, "a").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials, "{error}");
        assert_eq!(keys(&server), ["KEY0", "KEY0"], "{code}");
        assert!(!format!("{error:?}").contains("KEY0"), "{error:?}");
    }
}

#[tokio::test]
async fn many_requests_renew_credentials_once() {
    let server = server_that_dislikes_the_first_key("ExpiredToken").await;
    let rotating = Rotating::up_to(1);
    let cloud = connect_as(&server, rotating.source()).await;
    let (a, b, c, d) = tokio::join!(
        cloud.stack(HOME, "a"),
        cloud.stack(Region::EU_WEST_1, "b"),
        cloud.stack(Region::US_EAST_1, "c"),
        cloud.stack(Region::SA_EAST_1, "d"),
    );
    assert_eq!([a, b, c, d], [Ok(None), Ok(None), Ok(None), Ok(None)]);
    assert_eq!(rotating.asked.load(Ordering::Relaxed), 2);
    let shown = format!("{cloud:?}");
    assert!(!shown.contains("secret-key") && !shown.contains("session-token"), "{shown}");
    assert_eq!(keys(&server).iter().filter(|key| *key == "KEY1").count(), 4);
}

#[tokio::test]
async fn a_run_does_not_change_its_account() {
    let server = Server::answering(|request, _| {
        let old = key(request) == "KEY0";
        match request.action() {
            "GetCallerIdentity" if old => identity("111122223333"),
            "GetCallerIdentity" => identity("444455556666"),
            _ if old => refused(403, "ExpiredToken", "expired"),
            _ => result("DescribeStacks", "<Stacks></Stacks>"),
        }
    })
    .await;
    let cloud = connect_as(&server, Rotating::up_to(1).source()).await;
    assert_eq!(cloud.identity().await.unwrap().account, "111122223333");
    let error = cloud.stack(HOME, "a").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert_eq!(
        error.message,
        "the credentials now belong to account `444455556666`, and this run began in `111122223333`"
    );
    assert_eq!(server.actions(), ["GetCallerIdentity", "DescribeStacks", "GetCallerIdentity"]);
}

#[tokio::test]
async fn regions_that_are_not_enabled() {
    let unknown = || refused(403, "InvalidClientTokenId", "The security token included in the request is invalid");
    for (region, elsewhere, expected) in [
        (HOME, unknown(), Ok(true)),
        (Region::AF_SOUTH_1, unknown(), Ok(false)),
        (Region::AF_SOUTH_1, refused(403, "OptInRequired", ""), Ok(false)),
        (Region::AF_SOUTH_1, identity("111122223333"), Ok(true)),
        (Region::AF_SOUTH_1, refused(403, "AccessDenied", "No"), Err(ErrorKind::AccessDenied)),
    ] {
        let server = Server::answering(move |request, _| match request.header("authorization") {
            signed if signed.contains("/eu-central-1/") => identity("111122223333"),
            _ => elsewhere.clone(),
        })
        .await;
        let cloud = connect(&server).await;
        assert_eq!(cloud.region_enabled(region).await.map_err(|error| error.kind), expected, "{region}");
    }
    // Credentials that the home region does not know are wrong, and tell nothing about any region.
    let server = Server::playing([unknown()]).await;
    let cloud = connect(&server).await;
    let error = cloud.region_enabled(Region::AF_SOUTH_1).await.unwrap_err();
    assert_eq!((error.kind, error.region), (ErrorKind::Credentials, HOME));
}

#[tokio::test]
async fn who_is_asked_once() {
    let server = Server::playing([identity("111122223333")]).await;
    let cloud = connect(&server).await;
    for _ in 0..3 {
        assert_eq!(cloud.identity().await.unwrap().arn, "arn:aws:iam::111122223333:user/dev");
    }
    assert_eq!(server.actions(), ["GetCallerIdentity"]);
}
