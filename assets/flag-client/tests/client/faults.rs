//! With a cache that fails as it is told.

use std::time::Duration;

use flag_client::{Context, FlagClient, RefreshError};
use flag_laboratory::free_port;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::{message, settings};

/// How a cache answers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// As it should: it has one flag.
    Sound,
    /// Not at all.
    Silent,
    /// By closing the connection.
    Closing,
    /// With the beginning of an answer, and no more.
    Breaking,
    /// With this, whatever is asked.
    Saying(&'static str),
    /// With this when it is asked for entries.
    SayingOfEntries(&'static str),
}

/// A cache that speaks as much of Redis' protocol as a client of flags asks for.
struct Fake {
    port: u16,
    mode: watch::Sender<Mode>,
}

impl Fake {
    async fn start(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, modes) = watch::channel(mode);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, modes.clone()));
            }
        });
        Self { port, mode: sender }
    }
}

async fn serve(stream: TcpStream, modes: watch::Receiver<Mode>) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    while let Some(words) = command(&mut read).await {
        let answer = match (*modes.borrow(), words[0].as_str()) {
            (Mode::Silent, _) => continue,
            (Mode::Closing, _) => return,
            (Mode::Saying(answer), _) => answer.to_owned(),
            (Mode::Breaking, _) => "*2\r\n$1\r\n".to_owned(),
            (_, "SCAN") => "*2\r\n$1\r\n0\r\n*1\r\n$26\r\nflag:checkout:checkout.pay\r\n".to_owned(),
            (Mode::SayingOfEntries(answer), "HMGET") => answer.to_owned(),
            (_, "HMGET") if words.len() == 4 => "*2\r\n$1\r\n3\r\n$1\r\n0\r\n".to_owned(),
            (_, "HMGET") => {
                let document = message("checkout.pay", 3, &json!(true)).to_json();
                format!("*1\r\n${}\r\n{document}\r\n", document.len())
            }
            _ => "+OK\r\n".to_owned(),
        };
        if write.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The words of the next command.
async fn command(read: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<String>> {
    let mut line = String::new();
    read.read_line(&mut line).await.ok().filter(|bytes| *bytes > 0)?;
    let count: usize = line.trim().strip_prefix('*')?.parse().ok()?;
    let mut words = Vec::new();
    for _ in 0..count {
        line.clear();
        read.read_line(&mut line).await.ok()?;
        let length: usize = line.trim().strip_prefix('$')?.parse().ok()?;
        let mut word = vec![0; length + 2];
        read.read_exact(&mut word).await.ok()?;
        words.push(String::from_utf8_lossy(&word[..length]).into_owned());
    }
    Some(words)
}

#[tokio::test]
async fn whatever_the_cache_does_flags_are_read() {
    let fake = Fake::start(Mode::Sound).await;
    let client = FlagClient::start(settings(fake.port));
    client.ready(Duration::from_secs(10)).await.unwrap();
    let pay = || client.bool("checkout.pay", &Context::new(), false);
    assert!(pay());
    let faults = [
        (Mode::Silent, "did not answer"),
        (Mode::Closing, ""),
        (Mode::Breaking, ""),
        (Mode::Saying("nonsense\r\n"), ""),
        (Mode::Saying("$5\r\nhello\r\n"), ""),
        (Mode::Saying(":1\r\n"), ""),
        (Mode::Saying("*-1\r\n"), ""),
        (Mode::Saying("-LOADING Redis is loading the dataset in memory\r\n"), "is loading"),
        (Mode::Saying("-NOAUTH Authentication required.\r\n"), "refuses the client"),
        (Mode::SayingOfEntries("-MASTERDOWN Link with MASTER is down\r\n"), "Link with MASTER is down"),
        (Mode::SayingOfEntries("-NOPERM this user has no permissions\r\n"), "refuses the client"),
        (Mode::SayingOfEntries("-MOVED 1 127.0.0.1:1\r\n"), "Moved"),
    ];
    for (mode, expected) in faults {
        fake.mode.send(mode).unwrap();
        let error = client.refresh().await.expect_err(&format!("{mode:?}"));
        assert!(error.to_string().contains(expected) && !error.help().is_empty(), "{mode:?}: {error}");
        assert!(pay(), "{mode:?}");
        assert!(client.freshness().failures > 0 && client.freshness().error == Some(error));
        // The next answer may be sound.
        fake.mode.send(Mode::Sound).unwrap();
        client.refresh().await.unwrap_or_else(|error| panic!("after {mode:?}: {error}"));
        assert_eq!((client.freshness().failures, client.freshness().flags), (0, 1));
    }
    // Answers of another form about entries are about these alone.
    for answer in [":1\r\n", "*1\r\n$1\r\n3\r\n", "*2\r\n*0\r\n*0\r\n", "-WRONGTYPE no hash\r\n", "+OK\r\n"] {
        fake.mode.send(Mode::SayingOfEntries(answer)).unwrap();
        client.refresh().await.unwrap_or_else(|error| panic!("{answer}: {error}"));
        assert_eq!((client.freshness().malformed, pay()), (1, true), "{answer}");
    }
}

#[tokio::test]
async fn a_client_starts_without_a_cache() {
    let client = FlagClient::start(settings(free_port()));
    let error = client.ready(Duration::from_millis(300)).await.unwrap_err();
    assert!(matches!(error.error, Some(RefreshError::Connection { .. })), "{error}");
    assert!(client.bool("checkout.pay", &Context::new(), true) && client.freshness().is_stale());
    assert_eq!(client.freshness().age(), None);
    let silent = Fake::start(Mode::Silent).await;
    let client = FlagClient::start(settings(silent.port));
    assert!(client.ready(Duration::from_millis(100)).await.is_err());
    // It comes, and flags are there.
    silent.mode.send(Mode::Sound).unwrap();
    client.refresh().await.unwrap();
    assert!(client.bool("checkout.pay", &Context::new(), false));
}
