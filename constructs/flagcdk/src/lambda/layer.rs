//! Layers: files that functions share.

use flagcdk_cfn as cfn;
use flagcdk_core::{Architecture, Arn, IntoValue, PublishedAsset, RemovalPolicy, Scope, Value};
use typed_builder::TypedBuilder;

use super::{Code, Runtime};
use crate::reference::reference;

/// How a [`Layer`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct LayerProps {
    /// What it holds: a directory, or a zip file of a bucket.
    code: Code,
    /// What it is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// The runtimes that can use it; by default nothing is said.
    #[builder(default, setter(into))]
    runtimes: Vec<Runtime>,
    /// The architectures that can use it; by default nothing is said.
    #[builder(default, setter(into))]
    architectures: Vec<Architecture>,
    /// What becomes of a version of the layer when the next one takes its place; by default it is retained, since versions of
    /// functions may use it.
    #[builder(default = RemovalPolicy::Retain)]
    removal: RemovalPolicy,
}

/// Files that functions find below `/opt`. Each deploy of other files makes another version of the layer.
///
/// ```
/// use flagcdk::lambda::{Code, Function, FunctionProps, Layer, LayerProps, Runtime};
/// use flagcdk::{App, Architecture, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let code = Code::directory("layers/certificates", Architecture::Arm64);
/// let layer = Layer::new(&stack, "Certificates", LayerProps::builder().code(code).build());
/// let code = Code::cargo("orders").architecture(Architecture::Arm64);
/// let function = FunctionProps::builder().code(code).layers([(&layer).into()]).build();
/// Function::new(&stack, "Orders", function);
/// assert!(app.synth()?.template("Api").contains("AWS::Lambda::LayerVersion"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::Lambda::LayerVersion](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversion.html).
#[derive(Clone, Debug)]
pub struct Layer {
    reference: LayerRef,
}

/// A version of a layer, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerRef {
    arn: Value<Arn>,
}

impl Layer {
    /// Makes the layer.
    pub fn new(scope: &Scope, id: &str, props: LayerProps) -> Self {
        let scope = scope.construct(id);
        let PublishedAsset { bucket, key } = props.code.published(&scope).unwrap_or_else(|| {
            scope.error(
                "lambda::layer-code",
                "a layer is inline code or a container image, which Lambda does not take",
                "take `Code::directory` or `Code::bucket`",
            );
            PublishedAsset { bucket: "".into(), key: "".into() }
        });
        let content = cfn::lambda::layer_version::Content::new().s3_bucket(bucket).s3_key(key);
        let mut layer = cfn::lambda::LayerVersion::new().content(content);
        if let Some(description) = props.description {
            layer = layer.description(description);
        }
        if !props.runtimes.is_empty() {
            layer =
                layer.compatible_runtimes(props.runtimes.iter().map(|runtime| runtime.as_str()).collect::<Vec<_>>());
        }
        if !props.architectures.is_empty() {
            let architectures: Vec<_> = props.architectures.iter().map(|architecture| architecture.as_str()).collect();
            layer = layer.compatible_architectures(architectures);
        }
        let handle = scope.add("Resource", layer);
        handle.removal_policy(props.removal);
        Self { reference: LayerRef { arn: handle.reference().cast() } }
    }

    /// The ARN, with the version.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }
}

impl LayerRef {
    /// A version of a layer that exists already, such as one of AWS's own.
    pub fn from_arn(arn: impl IntoValue<Arn>) -> Self {
        Self { arn: arn.into_value() }
    }

    /// The ARN, with the version.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }
}

reference!(Layer => LayerRef);
