//! What a function runs.

use flagcdk_cfn as cfn;
use flagcdk_core::{Architecture, AssetSource, PublishedAsset, Scope, Value, text};

use crate::fingerprint::fingerprint;
#[cfg(feature = "s3")]
use crate::s3::BucketRef;

/// What a [`Function`](super::Function) runs.
///
/// ```
/// use flagcdk::Architecture;
/// use flagcdk::lambda::{Code, Runtime};
///
/// let own = Code::cargo("orders").architecture(Architecture::Arm64);
/// let several = Code::cargo_binary("shop-functions", "bootstrap", Architecture::Arm64);
/// let script = Code::inline(Runtime::PYTHON_3_13, "def handler(event, context):\n    return event\n");
/// let image = Code::image("111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    origin: Origin,
    runtime: Runtime,
    architecture: Architecture,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "few are made, and none is moved often")]
enum Origin {
    /// A file that is zipped and published in each region before the function is made.
    Asset(AssetSource),
    Inline(String),
    #[cfg(feature = "s3")]
    Bucket {
        bucket: BucketRef,
        key: Value<String>,
    },
    Image(Value<String>),
}

/// What runs the code of a function.
///
/// See [runtimes](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runtime(&'static str);

impl Runtime {
    /// Amazon Linux 2023, which runs a binary named `bootstrap`: that of Rust.
    pub const PROVIDED_AL2023: Self = Self("provided.al2023");
    /// Node.js 22.
    pub const NODEJS_22: Self = Self("nodejs22.x");
    /// Node.js 24.
    pub const NODEJS_24: Self = Self("nodejs24.x");
    /// Python 3.13.
    pub const PYTHON_3_13: Self = Self("python3.13");
    /// Python 3.14.
    pub const PYTHON_3_14: Self = Self("python3.14");
    /// Java 21.
    pub const JAVA_21: Self = Self("java21");
    /// .NET 8.
    pub const DOTNET_8: Self = Self("dotnet8");

    /// Another runtime, by Lambda's name of it.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Lambda's name of it.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether Lambda takes code for it as a text.
    fn takes_inline(self) -> bool {
        self.0.starts_with("nodejs") || self.0.starts_with("python")
    }
}

/// The most characters of inline code.
const MAX_INLINE: usize = 4 * 1024 * 1024;

impl Code {
    /// The binary of a cargo package that has one of the same name, built by `flagcdk` for 64-bit x86.
    pub fn cargo(package: &str) -> Self {
        Self::cargo_binary(package, package, Architecture::X86_64)
    }

    /// A binary of a cargo package, built by `flagcdk` for the architecture. Functions that name the same binary share it.
    pub fn cargo_binary(package: &str, binary: &str, architecture: Architecture) -> Self {
        let source = AssetSource::CargoBinary { package: package.to_owned(), binary: binary.to_owned(), architecture };
        Self::of(Origin::Asset(source), Runtime::PROVIDED_AL2023, architecture)
    }

    /// A directory that has an executable `bootstrap` for the architecture; the path is relative to where `flagcdk` runs.
    pub fn directory(path: &str, architecture: Architecture) -> Self {
        let source = AssetSource::Directory { path: path.to_owned() };
        Self::of(Origin::Asset(source), Runtime::PROVIDED_AL2023, architecture)
    }

    /// A text in the language of the runtime, Node.js or Python. Its handler is by default `index.handler`.
    pub fn inline(runtime: Runtime, text: impl Into<String>) -> Self {
        Self::of(Origin::Inline(text.into()), runtime, Architecture::X86_64)
    }

    /// A zip file of a bucket of the same region, which somebody else put there. Where its key stays the same, a function
    /// keeps the file that it was made with.
    #[cfg(feature = "s3")]
    pub fn bucket(bucket: impl Into<BucketRef>, key: impl Into<Value<String>>, architecture: Architecture) -> Self {
        let origin = Origin::Bucket { bucket: bucket.into(), key: key.into() };
        Self::of(origin, Runtime::PROVIDED_AL2023, architecture)
    }

    /// A container image of a registry of the same region, by its URI, better with a digest than with a tag.
    ///
    /// See [container images](https://docs.aws.amazon.com/lambda/latest/dg/images-create.html).
    pub fn image(uri: impl Into<Value<String>>) -> Self {
        Self::of(Origin::Image(uri.into()), Runtime::PROVIDED_AL2023, Architecture::X86_64)
    }

    /// What the code is for. A cargo package is built for it, of the rest it is said. Default: 64-bit x86.
    #[must_use]
    pub fn architecture(mut self, architecture: Architecture) -> Self {
        if let Origin::Asset(AssetSource::CargoBinary { architecture: built_for, .. }) = &mut self.origin {
            *built_for = architecture;
        }
        self.architecture = architecture;
        self
    }

    /// What runs the code, for directories and files of a bucket. Default: [`Runtime::PROVIDED_AL2023`].
    #[must_use]
    pub fn runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = runtime;
        self
    }

    /// Sets the properties of a function that come from its code, and tells by what the code is known: a text that is
    /// another one whenever the code is.
    pub(super) fn apply(
        self,
        scope: &Scope,
        handler: Option<Value<String>>,
    ) -> (cfn::lambda::Function<flagcdk_core::Set, flagcdk_core::Unset>, Value<String>) {
        self.check(scope);
        let function = cfn::lambda::Function::new();
        let code = cfn::lambda::function::Code::new();
        let inline = matches!(self.origin, Origin::Inline(_));
        let image = matches!(self.origin, Origin::Image(_));
        let (code, identity) = match self.origin {
            Origin::Asset(source) => {
                let PublishedAsset { bucket, key } = scope.asset(&asset_id(&source), source);
                (code.s3_bucket(bucket).s3_key(&key), key)
            }
            Origin::Inline(text) => {
                let identity = fingerprint(&text);
                (code.zip_file(text), identity.into())
            }
            #[cfg(feature = "s3")]
            Origin::Bucket { bucket, key } => {
                (code.s3_bucket(bucket.name()).s3_key(&key), text![bucket.name(), "/", key])
            }
            Origin::Image(uri) => (code.image_uri(&uri), uri),
        };
        let function = function.code(code).architectures([self.architecture.as_str()]);
        if image {
            if handler.is_some() {
                scope.error(
                    "lambda::handler",
                    "a function of a container image has a handler, which its image says itself",
                    "leave the handler out",
                );
            }
            return (function.package_type("Image"), identity);
        }
        let handler = handler.unwrap_or_else(|| if inline { "index.handler" } else { "bootstrap" }.into());
        (function.runtime(self.runtime.as_str()).handler(handler), identity)
    }

    /// Where the zipped code is once it is published, for what cannot be inline or an image.
    pub(super) fn published(self, scope: &Scope) -> Option<PublishedAsset> {
        match self.origin {
            Origin::Asset(source) => Some(scope.asset(&asset_id(&source), source)),
            #[cfg(feature = "s3")]
            Origin::Bucket { bucket, key } => Some(PublishedAsset { bucket: bucket.name(), key }),
            Origin::Inline(_) | Origin::Image(_) => None,
        }
    }

    fn of(origin: Origin, runtime: Runtime, architecture: Architecture) -> Self {
        Self { origin, runtime, architecture }
    }

    fn check(&self, scope: &Scope) {
        let Origin::Inline(text) = &self.origin else { return };
        if !self.runtime.takes_inline() {
            scope.error(
                "lambda::inline",
                format!("code for `{}` cannot be a text", self.runtime.as_str()),
                "take `Code::directory`, or a runtime of Node.js or Python",
            );
        }
        if text.is_empty() || text.len() > MAX_INLINE {
            scope.error(
                "lambda::inline",
                format!("the code has {} bytes, wanted 1 to {MAX_INLINE}", text.len()),
                "take `Code::directory`",
            );
        }
    }
}

/// The id of an asset, the same for the same source.
fn asset_id(source: &AssetSource) -> String {
    match source {
        AssetSource::CargoBinary { package, binary, architecture: Architecture::X86_64 } => {
            format!("{package}-{binary}")
        }
        AssetSource::CargoBinary { package, binary, architecture } => {
            format!("{package}-{binary}-{}", architecture.as_str())
        }
        AssetSource::Directory { path } => path.clone(),
        // Whatever else an asset will be, it is told apart by what it is.
        other => format!("{other:?}"),
    }
}
