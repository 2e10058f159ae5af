/** The bundler puts a text file's content in place of its name. */
declare module "*.txt" {
    const content: string
    export default content
}
