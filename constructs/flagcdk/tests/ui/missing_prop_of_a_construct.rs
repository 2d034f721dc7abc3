use flagcdk::CustomResourceProps;

fn main() {
    let _ = CustomResourceProps::builder().timeout_seconds(60).build();
}
