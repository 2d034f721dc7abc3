//! Functions and what belongs to them.

use flagcdk::dynamodb::{Key, StreamView, Table, TableProps};
use flagcdk::iam::Permissions;
use flagcdk::kms::{Key as KmsKey, KeyProps};
use flagcdk::lambda::{
    Alias, AliasProps, AsyncConfig, AsyncConfigProps, Caller, Code, Function, FunctionProps, FunctionRef, FunctionUrl,
    FunctionUrlProps, Layer, LayerProps, LayerRef, QueueSource, QueueSourceProps, Runtime, StartingPosition,
    StreamSource, StreamSourceProps, UrlCors, Version, VersionProps,
};
use flagcdk::s3::{Bucket, BucketProps, BucketRef};
use flagcdk::sqs::{DeadLetters, Queue, QueueProps};
use flagcdk::{Architecture, Stack};
use serde_json::json;

use crate::{Sample, findings, resources};

pub(crate) const SAMPLES: &[Sample] =
    &[("lambda_code", lambda_code), ("lambda_release", lambda_release), ("lambda_sources", lambda_sources)];

fn lambda_code(stack: &Stack) {
    let key = KmsKey::new(stack, "Key", KeyProps::builder().build());
    let function = |id: &str, code: Code| {
        let props =
            FunctionProps::builder().code(code).encryption_key(&key).environment([("SHOP".to_owned(), "b".into())]);
        Function::new(stack, id, props.build());
    };
    function("Cargo", Code::cargo("orders").architecture(Architecture::Arm64));
    function("Script", Code::inline(Runtime::PYTHON_3_13, "def handler(event, context):\n    return event\n"));
    function("Bucket", Code::bucket(BucketRef::from_name("releases"), "orders-1.4.2.zip", Architecture::Arm64));
    function("Image", Code::image("111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2"));
    let layer = LayerProps::builder()
        .code(Code::directory("layers/certificates", Architecture::Arm64))
        .runtimes([Runtime::NODEJS_22])
        .architectures([Architecture::Arm64])
        .description("Certificates");
    let layer = Layer::new(stack, "Certificates", layer.build());
    let code = Code::directory("functions/mail", Architecture::Arm64).runtime(Runtime::NODEJS_22);
    let props =
        FunctionProps::builder().code(code).handler("mail.send").layers([(&layer).into()]).temporary_storage_mb(1024);
    Function::new(stack, "Directory", props.build());
}

fn lambda_release(stack: &Stack) {
    let function = Function::new(stack, "Orders", FunctionProps::builder().code(Code::cargo("orders")).build());
    let version = VersionProps::builder().function(&function).revision("smaller cache").build();
    let version = Version::new(stack, "OrdersVersion", version);
    let props = AliasProps::builder().name("live").version(&version).provisioned_concurrency(2);
    let alias = Alias::new(stack, "OrdersLive", props.build());
    let next = AliasProps::builder().name("next").version(&version).shift(("7".into(), 0.9)).build();
    Alias::new(stack, "OrdersNext", next);
    let cors = UrlCors::builder().origins(["https://shop.example.com".into()]).build();
    let props = FunctionUrlProps::builder().function(&alias).callers(Caller::Anyone).cors(cors).streaming(true).build();
    stack.output("Url", FunctionUrl::new(stack, "OrdersUrl", props).url());
    let failed = Queue::new(stack, "Failed", QueueProps::builder().dead_letters(DeadLetters::Nowhere).build());
    let done = Function::new(stack, "Done", FunctionProps::builder().code(Code::cargo("done")).build());
    let props = AsyncConfigProps::builder().function(&function).alias(&alias).on_failure(&failed).on_success(&done);
    AsyncConfig::new(stack, "OrdersAsync", props.build());
    let archive = Bucket::new(stack, "Archive", BucketProps::builder().build());
    let props = AsyncConfigProps::builder().function(&function).retry_attempts(0).on_failure(&archive).build();
    AsyncConfig::new(stack, "LatestAsync", props);
    let caller = Function::new(stack, "Caller", FunctionProps::builder().code(Code::cargo("caller")).build());
    alias.as_ref().grant_invoke(&caller);
    function.as_ref().grant_invoke_url(&caller);
}

fn lambda_sources(stack: &Stack) {
    let table = TableProps::builder().partition_key(Key::text("id")).stream(StreamView::NewImage).build();
    let table = Table::new(stack, "Orders", table);
    let queue = Queue::new(stack, "Work", QueueProps::builder().visibility_timeout_seconds(60).build());
    let permissions = Permissions::new();
    table.as_ref().grant_stream_read(table.stream_arn(), &permissions);
    queue.as_ref().grant_consume(&permissions);
    let function = FunctionProps::builder().code(Code::cargo("worker")).permissions(permissions).build();
    let function = Function::new(stack, "Worker", function);
    let props = StreamSourceProps::builder()
        .function(&function)
        .stream_arn(table.stream_arn())
        .starting_position(StartingPosition::Newest)
        .batching_seconds(5)
        .filters([json!({ "eventName": ["INSERT"] })])
        .build();
    StreamSource::new(stack, "Changes", props);
    let props =
        QueueSourceProps::builder().function(&function).queue(&queue).filters([json!({ "body": { "a": [1] } })]);
    QueueSource::new(stack, "Incoming", props.build());
}

#[test]
fn an_alias_is_a_function_with_a_name() {
    let live = FunctionRef::from_arn("arn:aws:lambda:eu-west-1:111122223333:function:orders").qualified("live");
    let resources = resources(|stack| {
        let caller = Function::new(stack, "Caller", FunctionProps::builder().code(Code::cargo("caller")).build());
        live.grant_invoke(&caller);
    });
    let statement = &resources["CallerRoleInvokeFunction"]["Properties"]["PolicyDocument"]["Statement"][0];
    assert_eq!(statement["Resource"], "arn:aws:lambda:eu-west-1:111122223333:function:orders:live");
    assert_eq!(live.name(), "orders".into());
}

#[test]
fn what_aws_refuses_is_found() {
    let function = |props: FunctionProps, expected: &[&str]| {
        assert_eq!(findings(|stack| drop(Function::new(stack, "F", props))), expected);
    };
    let of = |code: Code| FunctionProps::builder().code(code);
    function(of(Code::inline(Runtime::PROVIDED_AL2023, "x")).build(), &["lambda::inline"]);
    function(of(Code::inline(Runtime::PYTHON_3_13, "")).build(), &["lambda::inline"]);
    function(of(Code::image("i")).handler("h").build(), &["lambda::handler"]);
    function(of(Code::cargo("p")).temporary_storage_mb(511).build(), &["lambda::temporary-storage"]);
    let layers = vec![LayerRef::from_arn("arn:l"); 6];
    function(of(Code::cargo("p")).layers(layers).build(), &["lambda::layers"]);

    let alias = |name: &str, part: f64| {
        findings(|stack| {
            let function = Function::new(stack, "F", of(Code::cargo("p")).build());
            let version = Version::new(stack, "V", VersionProps::builder().function(&function).build());
            let props = AliasProps::builder().name(name).version(&version).shift(("1".into(), part)).build();
            Alias::new(stack, "A", props);
        })
    };
    assert_eq!(alias("live", 0.5), [""; 0]);
    assert_eq!(alias("12", 0.5), ["lambda::alias-name"]);
    assert_eq!(alias("live", 5.0), ["lambda::alias-weight"]);
    let layer = findings(|stack| {
        Layer::new(stack, "L", LayerProps::builder().code(Code::image("i")).build());
    });
    assert_eq!(layer, ["lambda::layer-code"]);
}
