//! The body of an answer, at once or slowly.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// The number of pieces of a slow answer.
const PIECES: usize = 16;

pub(super) enum ReplyBody {
    Whole(Option<Bytes>),
    Slow { pieces: VecDeque<Bytes>, pause: Duration, sleep: Pin<Box<Sleep>> },
}

impl ReplyBody {
    pub(super) fn slow(body: Bytes, over: Duration) -> Self {
        let pause = over / PIECES as u32;
        let size = body.len().div_ceil(PIECES).max(1);
        let pieces =
            (0..body.len()).step_by(size).map(|start| body.slice(start..(start + size).min(body.len()))).collect();
        Self::Slow { pieces, pause, sleep: Box::pin(sleep(pause)) }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(body) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Self::Slow { pieces, pause, sleep: waiting } => {
                if pieces.is_empty() {
                    return Poll::Ready(None);
                }
                ready!(waiting.as_mut().poll(cx));
                *waiting = Box::pin(sleep(*pause));
                Poll::Ready(pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.as_ref().is_none_or(Bytes::is_empty),
            Self::Slow { pieces, .. } => pieces.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        let length = match self {
            Self::Whole(body) => body.as_ref().map_or(0, Bytes::len),
            Self::Slow { pieces, .. } => pieces.iter().map(Bytes::len).sum(),
        };
        SizeHint::with_exact(length as u64)
    }
}
