#!/usr/bin/env bash
# npm-fetch.sh FOLDER: ONNX Runtime's own C# API as sources, and its library for linux-x64, from an npm package (150 MB)
# into FOLDER/package. For builds whose NuGet source has no ONNX Runtime. npm is asked as it is set up on this machine;
# what it brings is pinned by version and checksum.
set -euo pipefail
name=com.github.asus4.onnxruntime
version=0.4.9
sha512=064cf176e499f4891e0cfe90f25cf64c553689eee1492bd2ed921fccca28131a2ad02373267bae19a509ec8b288c182a3b8a2e0f58d76a1f0e63225b08ddbd16

folder=$1
mkdir -p "$folder"
work=$(mktemp -d "$folder/work-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack "$name@$version" --silent > pack.log
archive=$name-$version.tgz
if ! echo "$sha512  $archive" | sha512sum -c --status; then
    echo "$archive is not the file it should be: its SHA-512 differs"
    exit 1
fi
tar xzf "$archive" package/Runtime package/Plugins/Linux/x64 package/LICENSE package/ThirdPartyNotices.txt
rm package/Runtime/AssemblyInfo.shared.cs
# They are others' sources: this house's warnings are not for them. A byte order mark must stay the first of a file.
find package/Runtime -name '*.cs' -exec \
    sed -i -e '1s/^\xEF\xBB\xBF//' -e '1s/^/#nullable disable\n#pragma warning disable\n/' {} +
rm -rf "$folder/package"
mv package "$folder/package"
