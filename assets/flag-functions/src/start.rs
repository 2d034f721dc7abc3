//! Between Lambda and a function: events are handed in one after another, and a function that cannot start says why.

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::invocation::{Failure, Invocation};
use crate::settings;
use crate::telemetry;

/// Answers one event after another, as long as Lambda sends them.
pub(crate) async fn serve(handle: impl AsyncFn(Value, Invocation) -> Result<Value, Failure>) -> Result<(), Failure> {
    let handle = &handle;
    let answer = async move |event: LambdaEvent<Value>| {
        let invocation = Invocation::new(event.context.deadline);
        telemetry::of_invocation(event.context.request_id, handle(event.payload, invocation)).await
    };
    lambda_runtime::run(service_fn(answer)).await.map_err(|error| Failure::new("RuntimeFailed", error))
}

/// Tells Lambda that the function cannot start, see
/// [initialization error](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror). Otherwise
/// whoever invoked it would only be told that a process had ended.
pub(crate) async fn report(failure: &Failure) {
    // The log has it, too. If Lambda cannot be told, there is nobody left to tell.
    let _ = try_report(failure).await;
}

async fn try_report(failure: &Failure) -> std::io::Result<()> {
    let Some(api) = settings::variable("AWS_LAMBDA_RUNTIME_API") else { return Ok(()) };
    let body = json!({ "errorType": failure.name, "errorMessage": failure.message, "stackTrace": [] }).to_string();
    let head = format!(
        "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nhost: {api}\r\ncontent-type: application/json\r\n\
         lambda-runtime-function-error-type: Runtime.{}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        failure.name,
        body.len()
    );
    let mut stream = TcpStream::connect(api).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    // Lambda ends the process once it has taken the report, so that the answer is waited for.
    stream.read_to_end(&mut Vec::new()).await.map(drop)
}
