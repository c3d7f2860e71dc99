package dev.socketcapacity.agent;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// The disk as it is, apart from what a test wants to see or to change: every file channel that is opened, every move.
abstract class InterceptedFiles extends FileSystemProvider {

    private static final FileSystem DISK = FileSystems.getDefault();

    private final FileSystem files = new Files();

    /// `real`, seen through here; so is every path that is made from it.
    final Path path(Path real) {
        return (Path) Proxy.newProxyInstance(
                Path.class.getClassLoader(), new Class<?>[] {Path.class}, (_, method, arguments) -> {
                    if (method.getName().equals("getFileSystem")) {
                        return files;
                    }
                    var unwrapped = arguments == null
                            ? null
                            : Stream.of(arguments).map(InterceptedFiles::real).toArray();
                    try {
                        var result = method.invoke(real, unwrapped);
                        return result instanceof Path made ? path(made) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static Object real(Object argument) {
        return argument instanceof Path path ? real(path) : argument;
    }

    private static Path real(Path path) {
        // An absolute path has the same words on both sides.
        return path.getFileSystem() == DISK ? path : Path.of(path.toString());
    }

    /// Opens a file of the disk.
    FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        return FileChannel.open(file, options);
    }

    /// Moves a file of the disk.
    void moveFile(Path from, Path to, CopyOption... options) throws IOException {
        java.nio.file.Files.move(from, to, options);
    }

    @Override
    public final FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... given)
            throws IOException {
        return open(real(path), options);
    }

    @Override
    public final SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... given) throws IOException {
        return open(real(path), options);
    }

    @Override
    public final void move(Path source, Path target, CopyOption... options) throws IOException {
        moveFile(real(source), real(target), options);
    }

    @Override
    public final DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        return DISK.provider().newDirectoryStream(real(folder), filter);
    }

    @Override
    public final Path readSymbolicLink(Path link) throws IOException {
        return DISK.provider().readSymbolicLink(real(link));
    }

    @Override
    public final void createDirectory(Path folder, FileAttribute<?>... given) throws IOException {
        DISK.provider().createDirectory(real(folder), given);
    }

    @Override
    public final void checkAccess(Path path, AccessMode... modes) throws IOException {
        DISK.provider().checkAccess(real(path), modes);
    }

    @Override
    public final <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return DISK.provider().readAttributes(real(path), type, options);
    }

    @Override
    public final Map<String, Object> readAttributes(Path path, String names, LinkOption... options) throws IOException {
        return DISK.provider().readAttributes(real(path), names, options);
    }

    @Override
    public final String getScheme() {
        return "intercepted";
    }

    @Override
    public final FileSystem newFileSystem(URI uri, Map<String, ?> given) {
        throw new UnsupportedOperationException();
    }

    @Override
    public final FileSystem getFileSystem(URI uri) {
        return files;
    }

    @Override
    public final Path getPath(URI uri) {
        throw new UnsupportedOperationException();
    }

    @Override
    public final void delete(Path path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public final void copy(Path source, Path target, CopyOption... options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public final boolean isSameFile(Path path, Path other) throws IOException {
        return DISK.provider().isSameFile(real(path), real(other));
    }

    @Override
    public final boolean isHidden(Path path) {
        return false;
    }

    @Override
    public final FileStore getFileStore(Path path) throws IOException {
        return DISK.provider().getFileStore(real(path));
    }

    @Override
    public final <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        return DISK.provider().getFileAttributeView(real(path), type, options);
    }

    @Override
    public final void setAttribute(Path path, String name, Object value, LinkOption... options) {
        throw new UnsupportedOperationException();
    }

    private final class Files extends FileSystem {

        @Override
        public FileSystemProvider provider() {
            return InterceptedFiles.this;
        }

        @Override
        public PathMatcher getPathMatcher(String pattern) {
            return DISK.getPathMatcher(pattern);
        }

        @Override
        public Path getPath(String first, String... more) {
            return path(DISK.getPath(first, more));
        }

        @Override
        public void close() {}

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return DISK.getSeparator();
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            return DISK.getRootDirectories();
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            return DISK.getFileStores();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return DISK.supportedFileAttributeViews();
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            return DISK.getUserPrincipalLookupService();
        }

        @Override
        public WatchService newWatchService() {
            throw new UnsupportedOperationException();
        }
    }
}
